#include "gateway/call_rules.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace apiforge::gateway {
namespace {

using model::PriorityClass;

class CallRulesTest : public testing::Test {
 protected:
  model::CallRule& given_rule(std::string path, std::vector<std::string> methods = {}) {
    model::CallRule& rule = api_.call_rules.emplace_back();
    rule.path = std::move(path);
    rule.methods = std::move(methods);
    return rule;
  }
  CallRules::Found found(std::string_view method, std::string_view path) {
    auto compiled = CallRules::compile(api_);
    EXPECT_TRUE(compiled);
    rules_ = *std::move(compiled);
    return rules_.find(method, path);
  }

  model::Api api_;
  CallRules rules_;
};

TEST_F(CallRulesTest, without_a_rule_a_call_is_one_of_data) {
  EXPECT_EQ(found("GET", "/").costs, nullptr);
  EXPECT_EQ(found("GET", "/").priority, PriorityClass::Data);
  api_.kind = model::ApiKind::Llm;
  EXPECT_EQ(found("GET", "/").priority, PriorityClass::Batch) << "models can wait";
}

TEST_F(CallRulesTest, the_first_that_matches_holds) {
  given_rule("/api/v3/order", {"DELETE"}).priority = PriorityClass::Cancel;
  given_rule("/api/v3/order").priority = PriorityClass::Order;
  given_rule("/").weight = 5;
  EXPECT_EQ(found("DELETE", "/api/v3/order").priority, PriorityClass::Cancel);
  EXPECT_EQ(found("POST", "/api/v3/order").priority, PriorityClass::Order);
  EXPECT_EQ(found("GET", "/api/v3/order/test").priority, PriorityClass::Order);
  EXPECT_EQ(found("GET", "/api/v3/orders").priority, PriorityClass::Data) << "whole segments";
  EXPECT_EQ(found("GET", "/api/v3/orders").costs->costs.weight, 5);
}

TEST_F(CallRulesTest, a_rule_without_a_priority_leaves_it_to_the_next) {
  given_rule("/a").weight = 3;
  given_rule("/").priority = PriorityClass::Batch;
  const auto call = found("GET", "/a/b");
  EXPECT_EQ(call.costs->costs.weight, 3);
  EXPECT_EQ(call.priority, PriorityClass::Batch);
}

TEST_F(CallRulesTest, money_follows_the_tokens_where_they_have_a_price) {
  model::CallRule& rule = given_rule("/");
  rule.tokens = 100;
  rule.usd = model::NanoUsd{1'000};
  EXPECT_EQ(found("POST", "/").costs->costs_of(7).usd.value, 1'000) << "as reserved";
  rule.usd_per_token = model::NanoUsd{30};
  const quota::Costs used = found("POST", "/").costs->costs_of(7);
  EXPECT_EQ(used.tokens, 7);
  EXPECT_EQ(used.usd.value, 210);
}

// Such calls were admitted for ever by a limit of which nothing was left.
TEST_F(CallRulesTest, a_call_that_reserves_nothing_says_that_it_will_cost_something) {
  given_rule("/chat").settle_tokens = "/usage/total_tokens";
  given_rule("/");
  EXPECT_TRUE(found("POST", "/chat").costs->costs.settles);
  EXPECT_FALSE(found("POST", "/models").costs->costs.settles);
}

TEST_F(CallRulesTest, no_number_of_tokens_makes_the_price_overflow) {
  given_rule("/").usd_per_token = model::NanoUsd{1'000'000'000};
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(found("POST", "/").costs->costs_of(most).usd.value, most);
}

TEST_F(CallRulesTest, a_wrong_pointer_is_told) {
  given_rule("/").settle_tokens = "usage";
  EXPECT_FALSE(CallRules::compile(api_));
}

}  // namespace
}  // namespace apiforge::gateway
