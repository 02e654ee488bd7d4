#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "admin/quota/quota_endpoints_fixture.hpp"

namespace apiforge::admin {
namespace {

using namespace std::chrono_literals;
using net::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LimitsEndpointsTest : public QuotaEndpointsTest {};

TEST_F(LimitsEndpointsTest, answer_whether_the_caller_would_be_admitted) {
  given_active("binance");
  installation_.limit_answer = {.allowed = false,
                                .policy = "orders",
                                .limit = 100,
                                .remaining = 0,
                                .reset_after = 1'500us,
                                .retry_after = 100us};
  const auto answer = expect(200, send(Method::Post, kCheck, R"({"subject":{"api":"binance"}})"));
  EXPECT_FALSE(answer.at("allowed").as_bool());
  EXPECT_EQ(answer.at("policy"), "orders");
  EXPECT_EQ(answer.at("reset_after_ms").to_number<int>(), 2);
  EXPECT_EQ(answer.at("retry_after_ms").to_number<int>(), 1);
  ASSERT_TRUE(installation_.limit_question);
  EXPECT_EQ(installation_.limit_question->tenant, "platform");
  EXPECT_FALSE(installation_.limit_question->user.empty());
  EXPECT_EQ(installation_.limit_question->client, "203.0.113.7");
  EXPECT_EQ(installation_.limit_question->cost, 1);
  EXPECT_TRUE(installation_.limit_question->consume);
}

// Who slept for the 0 ms that it was told asked in circles.
TEST_F(LimitsEndpointsTest, name_no_time_where_to_wait_is_in_vain) {
  given_active("binance");
  installation_.limit_answer = {.allowed = false, .policy = "orders", .limit = 5, .remaining = 5};
  const auto answer =
      expect(200, send(Method::Post, kCheck, R"({"subject":{"api":"binance"},"cost":9})"));
  EXPECT_FALSE(answer.at("allowed").as_bool());
  EXPECT_TRUE(answer.at("retry_after_ms").is_null());
}

TEST_F(LimitsEndpointsTest, answer_with_null_where_no_limit_holds) {
  const auto answer = expect(200, send(Method::Post, kCheck, R"({"subject":{},"usd":"0.25"})"));
  EXPECT_TRUE(answer.at("allowed").as_bool());
  EXPECT_TRUE(answer.at("policy").is_null());
  EXPECT_TRUE(answer.at("limit").is_null());
  EXPECT_EQ(installation_.limit_question->usd.value, 250'000'000);
}

TEST_F(LimitsEndpointsTest, answer_about_others_only_whom_the_caller_may_change) {
  const std::string own = be_owner_of_another_tenant();
  expect(200, send(Method::Post, kCheck, R"({"subject":{"user":"somebody"},"consume":false})"));
  EXPECT_EQ(installation_.limit_question->tenant, own);
  EXPECT_EQ(installation_.limit_question->user, "somebody");
  EXPECT_TRUE(installation_.limit_question->client.empty());
  expect_code(404, "not_found", send(Method::Post, kCheck, R"({"subject":{"tenant":"platform"}})"));

  const auto key = expect(201, send(Method::Post, "/api/v1/auth/api-keys",
                                    R"({"name":"bot","scopes":["gateway:call"]})"));
  token_ = std::string(key.at("key").as_string());
  expect(200, send(Method::Post, kCheck, R"({"subject":{}})"));
  EXPECT_EQ(installation_.limit_question->key, key.at("id").as_string());
  expect(200, send(Method::Post, kCheck, R"({"subject":{"tenant":")" + own + "\"}}"));
  EXPECT_EQ(installation_.limit_question->key, key.at("id").as_string());
  expect_code(403, "forbidden", send(Method::Post, kCheck, R"({"subject":{"user":"somebody"}})"));
  expect_code(403, "forbidden", send(Method::Get, kQuotas));
}

// Any tenant could drain the budgets of all others, and make counters of names that it invented.
TEST_F(LimitsEndpointsTest, let_nobody_take_from_limits_who_may_not_make_the_call) {
  given_active("binance");
  given_active("open", "somebody", true);
  const std::string own = be_owner_of_another_tenant();
  given_active("adas", own);
  given_active("theirs", "another");
  const std::string owner = token_;
  expect(200, ask(R"({"api":"adas","version":"v1"})"));
  expect(200, ask(R"({"api":"binance"})"));
  expect(200, ask(R"({"api":"open"})"));
  for (const char* subject :
       {R"({"api":"theirs"})", R"({"api":"made-up"})", R"({"api":"adas","version":"v9"})"}) {
    expect_code(404, "not_found", ask(subject));
    expect_code(404, "not_found", ask(subject, false));
  }
  expect_code(422, "invalid_body", ask(R"({"version":"v1"})"));

  use_key(R"("scopes":["quota:read"])");  // what a viewer has
  installation_.limit_question.reset();
  expect_code(403, "forbidden", ask(R"({"api":"adas"})"));
  expect_code(403, "forbidden", ask("{}"));
  EXPECT_FALSE(installation_.limit_question);
  expect(200, ask(R"({"api":"adas"})", false));

  token_ = owner;
  use_key(R"("scopes":["gateway:call","quota:write"],"apis":["adas"])");
  expect(200, ask(R"({"api":"adas"})"));
  expect_code(403, "forbidden", ask(R"({"api":"binance"})"));
  expect_code(403, "forbidden", ask(R"({"api":"binance"})", false));
}

TEST_F(LimitsEndpointsTest, count_for_nobody_but_keys_and_users_of_the_tenant) {
  const auto foreign = expect(201, send(Method::Post, "/api/v1/auth/api-keys",
                                        R"({"name":"roots","scopes":["gateway:call"]})"));
  const auto root = expect(200, send(Method::Get, "/api/v1/auth/profile"));
  const std::string foreign_key(foreign.at("id").as_string());
  const std::string foreign_user(root.at("id").as_string());
  be_owner_of_another_tenant();
  const auto user = expect(200, send(Method::Get, "/api/v1/auth/profile"));
  const auto key = expect(201, send(Method::Post, "/api/v1/auth/api-keys",
                                    R"({"name":"adas","scopes":["gateway:call"]})"));
  expect(200, ask(R"({"key":")" + std::string(key.at("id").as_string()) + "\"}"));
  EXPECT_EQ(installation_.limit_question->user, user.at("id").as_string());
  for (const bool consume : {true, false}) {
    expect_code(404, "not_found", ask(R"({"key":")" + foreign_key + "\"}", consume));
    expect_code(404, "not_found", ask(R"({"user":")" + foreign_user + "\"}", consume));
    expect_code(404, "not_found", ask(R"({"key":"made-up"})", consume));
  }
  // Users of other issuers are known to nobody.
  expect(200, ask(R"({"user":"of-another-issuer"})", false));
  expect_code(404, "not_found", ask(R"({"user":"of-another-issuer"})"));
}

TEST_F(LimitsEndpointsTest, refuse_questions_about_money_that_is_none) {
  const auto problem =
      expect(422, send(Method::Post, kCheck, R"({"subject":{},"usd":"0.0000000001"})"));
  EXPECT_EQ(problem.at("errors").at(0).at("pointer"), "/usd");
}

TEST_F(LimitsEndpointsTest, sum_up_what_limits_and_shedding_did) {
  const model::TenantId platform{std::string(model::kPlatformTenant)};
  installation_.limits.limits = {{.tenant = platform,
                                  .name = "a",
                                  .limit = {.amount = 5},
                                  .admitted = 7,
                                  .refused = 2,
                                  .top = {{"key=k1", 4}}},
                                 {.tenant = platform,
                                  .name = "b",
                                  .limit = {.unit = model::LimitUnit::Usd, .amount = 2'500'000'000},
                                  .admitted = 1,
                                  .top = {}}};
  installation_.limits.sheds = {{.tenant = platform, .api = "openai", .version = "v1", .calls = 3}};
  const auto stats = expect(200, send(Method::Get, "/api/v1/quota/stats"));
  EXPECT_EQ(stats.at("totals").at("admitted").to_number<int>(), 8);
  EXPECT_EQ(stats.at("totals").at("shed").to_number<int>(), 3);
  EXPECT_EQ(stats.at("quotas").at(0).at("top_subjects").at(0).at("used").to_number<int>(), 4);
  EXPECT_EQ(stats.at("quotas").at(1).at("limit"), "2.5");
  EXPECT_EQ(stats.at("sheds").at(0).at("priority"), "batch");
  const auto one = expect(200, send(Method::Get, "/api/v1/quota/stats?quota=b&tenant=platform"));
  EXPECT_EQ(one.at("totals").at("admitted").to_number<int>(), 1);
  // What is not asked for is not even looked up.
  EXPECT_EQ(installation_.limits_query->name, "b");
  EXPECT_EQ(installation_.limits_query->tenant, "platform");
}

// Export and plan showed rules to who may not read them.
TEST_F(LimitsEndpointsTest, be_hidden_in_plans_and_exports_from_who_may_not_read_them) {
  expect(201, send(Method::Post, kQuotas, quota("orders")));
  given_api("binance");
  const std::string exporting = "/api/v1/gateway/export";
  EXPECT_THAT(send(Method::Get, exporting).body, HasSubstr("orders"));
  use_key(R"("scopes":["gateway:read","gateway:write"])");
  const auto exported = send(Method::Get, exporting);
  EXPECT_EQ(exported.status, 200);
  EXPECT_THAT(exported.body, AllOf(HasSubstr("binance"), Not(HasSubstr("quotas"))));
  const std::string planning = "/api/v1/gateway/plan?keep=true";
  expect_code(403, "forbidden", send(Method::Post, planning, R"({"quotas":[]})"));
  expect(200, send(Method::Post, planning, R"({"apis":[]})"));
}

// Of a tenant's export the rules were missing, so that to apply it removed them.
TEST_F(LimitsEndpointsTest, be_in_the_export_of_their_tenant) {
  be_owner_of_another_tenant();
  expect(201, send(Method::Post, kQuotas, quota("adas")));
  const auto exported = send(Method::Get, "/api/v1/gateway/export");
  EXPECT_THAT(exported.body, AllOf(HasSubstr("name: adas"), HasSubstr("alert_rules: []")));
  // A document says nothing of lists that it does not name, and none of empty ones.
  const auto plan = [this](const std::string& body) {
    return expect(200, send(Method::Post, "/api/v1/gateway/plan", body)).at("text");
  };
  EXPECT_EQ(plan(R"({"apis":[]})"), "no changes\n");
  EXPECT_EQ(plan(R"({"quotas":[]})"), "- quota adas\n0 to create, 0 to change, 1 to remove\n");
}

}  // namespace
}  // namespace apiforge::admin
