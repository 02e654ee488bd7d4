#include "gateway/limit_compiler.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_fixture.hpp"

namespace apiforge::gateway {
namespace {

using model::BreakerScope;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

constexpr std::string_view kFirst = "http://127.0.0.1:9001";
constexpr std::string_view kSecond = "http://127.0.0.1:9002";

class LimitCompilerTest : public testing::Test {
 protected:
  LimitCompilerTest() {
    model::Api& api = configuration.apis.emplace_back();
    api.name = "prices";
    for (const std::string_view url : {kFirst, kSecond, kFirst}) {
      api.upstream.endpoints.emplace_back().url = url;
    }
  }
  model::BreakerRule& given_rule(BreakerScope scope, std::string version = {}) {
    model::BreakerRule& rule = configuration.circuit_breakers.emplace_back();
    rule.api = "prices";
    rule.version = std::move(version);
    rule.scope = scope;
    return rule;
  }
  model::Quota& given_quota(std::string name) {
    model::Quota& quota = configuration.quotas.emplace_back();
    quota.name = std::move(name);
    quota.limit.amount = 10;
    quota.limit.per = std::chrono::seconds(1);
    return quota;
  }
  SnapshotPtr compile(const SnapshotPtr& previous = nullptr) {
    auto snapshot =
        compile_snapshot(catalogue_of(configuration), {{"http", make_plain}}, previous.get());
    EXPECT_TRUE(snapshot) << snapshot.error().detail;
    return snapshot.value_or(nullptr);
  }

  model::Configuration configuration;
};

TEST_F(LimitCompilerTest, without_rules_there_are_no_breakers_and_no_limits) {
  const SnapshotPtr snapshot = compile();
  EXPECT_TRUE(breaker_views(*snapshot).empty());
  EXPECT_TRUE(snapshot->limits->empty());
}

TEST_F(LimitCompilerTest, each_endpoint_has_a_breaker_and_equal_urls_share_one) {
  given_rule(BreakerScope::Endpoint);
  const SnapshotPtr snapshot = compile();
  const auto views = breaker_views(*snapshot);
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].endpoint, kFirst);
  EXPECT_EQ(views[1].endpoint, kSecond);
  const auto& endpoints = snapshot->apis[0]->endpoints;
  EXPECT_EQ(endpoints[0].breaker, endpoints[2].breaker);
  EXPECT_NE(endpoints[0].breaker, endpoints[1].breaker);
}

TEST_F(LimitCompilerTest, an_api_may_have_a_breaker_of_its_own_beside_them) {
  given_rule(BreakerScope::Endpoint);
  given_rule(BreakerScope::Api);
  const auto views = breaker_views(*compile());
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[0].endpoint, "");
}

TEST_F(LimitCompilerTest, breakers_are_kept_while_rule_and_url_stay) {
  given_rule(BreakerScope::Endpoint);
  const SnapshotPtr first = compile();
  configuration.apis[0].description = "changed";
  configuration.apis[0].upstream.endpoints[1].url = "http://127.0.0.1:9003";
  const SnapshotPtr second = compile(first);
  EXPECT_EQ(second->apis[0]->endpoints[0].breaker, first->apis[0]->endpoints[0].breaker);
  EXPECT_NE(second->apis[0]->endpoints[1].breaker, first->apis[0]->endpoints[1].breaker);
  configuration.circuit_breakers[0].minimum_calls = 7;
  const SnapshotPtr third = compile(second);
  EXPECT_NE(third->apis[0]->endpoints[0].breaker, first->apis[0]->endpoints[0].breaker);
}

TEST_F(LimitCompilerTest, an_api_whose_rule_stays_is_not_compiled_anew) {
  given_rule(BreakerScope::Endpoint);
  configuration.apis.push_back(configuration.apis[0]);
  configuration.apis[1].name = "other";
  const SnapshotPtr first = compile();
  configuration.circuit_breakers[0].failure_rate = 0.25;
  const SnapshotPtr second = compile(first);
  EXPECT_NE(second->apis[0], first->apis[0]);
  EXPECT_EQ(second->apis[1], first->apis[1]);
}

TEST_F(LimitCompilerTest, the_rule_of_a_version_goes_before_that_of_all) {
  given_rule(BreakerScope::Endpoint).minimum_calls = 5;
  given_rule(BreakerScope::Endpoint, "v1").minimum_calls = 6;
  EXPECT_EQ(compile()->apis[0]->breaker_rules.endpoint->minimum_calls, 6U);
  configuration.circuit_breakers[1].enabled = false;
  EXPECT_TRUE(breaker_views(*compile()).empty()) << "switched off for this version";
}

TEST_F(LimitCompilerTest, another_tenants_rule_does_not_count) {
  given_rule(BreakerScope::Endpoint).tenant = model::TenantId{"t1"};
  EXPECT_TRUE(breaker_views(*compile()).empty());
  configuration.apis[0].tenant = model::TenantId{"t1"};
  EXPECT_EQ(breaker_views(*compile()).size(), 2U);
}

TEST_F(LimitCompilerTest, the_limits_are_shared_while_no_quota_changes) {
  given_quota("a");
  const SnapshotPtr first = compile();
  EXPECT_FALSE(first->limits->empty());
  configuration.apis[0].description = "changed";
  const SnapshotPtr second = compile(first);
  EXPECT_EQ(second->limits, first->limits);
  configuration.quotas[0].limit.amount = 20;
  EXPECT_NE(compile(second)->limits, first->limits);
}

TEST_F(LimitCompilerTest, tells_whether_a_quota_looks_at_paths) {
  given_quota("a");
  EXPECT_FALSE(compile()->compiled_limits->look_at_paths);
  configuration.quotas[0].match.path = "/orders";
  EXPECT_TRUE(compile()->compiled_limits->look_at_paths);
}

}  // namespace
}  // namespace apiforge::gateway
