#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "admin/quota/quota_endpoints_fixture.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using net::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(QuotaEndpointsTest, take_a_quota_from_creation_to_removal) {
  const auto made = send(Method::Post, kQuotas, quota("orders", R"("match":{"key":"*"})"));
  const auto created = expect(201, made);
  const std::string place = field(made, "Location");
  EXPECT_EQ(place, "/api/v1/quota/quotas/orders");
  EXPECT_EQ(created.at("source"), "store");
  EXPECT_EQ(created.at("algorithm"), "gcra");
  EXPECT_EQ(created.at("match"), (json::object{{"key", "*"}}));
  EXPECT_EQ(created.at("limit").at("amount").to_number<int>(), 100);

  const auto read = send(Method::Get, place);
  EXPECT_EQ(expect(200, read), created);
  EXPECT_EQ(field(read, "ETag"), field(made, "ETag"));
  expect_code(409, "already_exists", send(Method::Post, kQuotas, quota("orders")));

  const auto replaced = send(Method::Put, place, quota("orders", R"("strict":true)"),
                             {{"If-Match", field(made, "ETag")}});
  EXPECT_TRUE(expect(200, replaced).at("strict").as_bool());
  expect_code(409, "version_conflict",
              send(Method::Delete, place, {}, {{"If-Match", field(made, "ETag")}}));
  expect(204, send(Method::Delete, place));
  expect_code(404, "not_found", send(Method::Get, place));
}

TEST_F(QuotaEndpointsTest, show_money_as_decimal_text) {
  const auto budget = expect(
      201, send(Method::Post, kQuotas,
                R"({"name":"budget","limit":{"unit":"usd","amount":"12.50","period":"month"}})"));
  EXPECT_EQ(budget.at("limit").at("amount"), "12.5");
  EXPECT_EQ(budget.at("limit").at("period"), "month");
}

TEST_F(QuotaEndpointsTest, tell_each_fault_of_a_quota_with_its_place) {
  const auto form = expect(422, send(Method::Post, kQuotas, quota("a", R"("strickt":1)")));
  EXPECT_EQ(form.at("code"), "invalid_body");
  EXPECT_EQ(form.at("errors").at(0).at("pointer"), "/strickt");
  const auto values =
      expect(422, send(Method::Post, kQuotas, R"({"name":"a","limit":{"unit":"requests","amount":0,
                                              "per_ms":1000}})"));
  EXPECT_EQ(values.at("errors").at(0).at("pointer"), "/limit/amount");
}

TEST_F(QuotaEndpointsTest, list_quotas_page_by_page_and_by_filter) {
  for (const char* name : {"a", "b", "c"}) expect(201, send(Method::Post, kQuotas, quota(name)));
  expect(201, send(Method::Post, kQuotas, quota("d", R"("enabled":false)")));
  EXPECT_THAT(listed(kQuotas), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(listed(std::string(kQuotas) + "?enabled=false"), ElementsAre("d"));
  EXPECT_THAT(listed(std::string(kQuotas) + "?q=B"), ElementsAre("b"));
  const auto page = expect(200, send(Method::Get, std::string(kQuotas) + "?limit=3"));
  const std::string cursor(page.at("next_cursor").as_string());
  EXPECT_THAT(listed(std::string(kQuotas) + "?limit=3&cursor=" + cursor), ElementsAre("d"));
}

TEST_F(QuotaEndpointsTest, show_what_the_file_declares_and_do_not_change_it) {
  model::Configuration file;
  file.quotas = {{.name = "declared", .limit = {.amount = 5, .per = 1s}}};
  file.alert_rules = {{.name = "declared", .metric = "calls_per_second", .threshold = 10}};
  installation_.declared = std::make_shared<const model::Configuration>(std::move(file));
  const auto reply = send(Method::Get, "/api/v1/quota/quotas/declared");
  EXPECT_EQ(expect(200, reply).at("source"), "file");
  EXPECT_EQ(field(reply, "ETag"), "");
  expect_code(409, "declared_in_file",
              send(Method::Put, "/api/v1/quota/quotas/declared", quota("declared")));
  expect_code(409, "declared_in_file", send(Method::Delete, "/api/v1/quota/quotas/declared"));

  const auto silenced = expect(200, send(Method::Post, std::string(kRules) + "/declared/silence",
                                         R"({"until":"2030-01-01T00:00:00Z"})"));
  EXPECT_EQ(silenced.at("silenced_until"), "2030-01-01T00:00:00.000Z");
  EXPECT_TRUE(installation_.silenced["declared"]);
}

// It was in the audit log as done, and answered with 404.
TEST_F(QuotaEndpointsTest, do_not_silence_what_the_file_has_disabled) {
  model::Configuration file;
  file.alert_rules = {
      {.name = "off", .enabled = false, .metric = "calls_per_second", .threshold = 10}};
  installation_.declared = std::make_shared<const model::Configuration>(std::move(file));
  expect(200, send(Method::Get, std::string(kRules) + "/off"));
  expect_code(409, "declared_in_file",
              send(Method::Post, std::string(kRules) + "/off/silence", R"({"until":null})"));
  EXPECT_TRUE(installation_.silenced.empty());
  EXPECT_THAT(listed("/api/v1/auth/audit?action=alert_rule.silence", "target"), IsEmpty());
}

TEST_F(QuotaEndpointsTest, show_nobody_the_rules_of_another_tenant) {
  expect(201, send(Method::Post, kQuotas, quota("orders")));
  expect(201, send(Method::Post, kRules, alert_rule("errors")));
  given_api("binance");
  expect(201, send(Method::Post, kBreakers, R"({"api":"binance"})"));
  given_breaker({.api = "binance"}, "v1", "https://api.example.com");
  given_alert("a1", installation_.clock().wall());
  installation_.limits.limits = {
      {.tenant = {std::string(model::kPlatformTenant)}, .name = "orders", .limit = {}, .top = {}}};
  be_owner_of_another_tenant();
  for (const char* path : {"/api/v1/quota/quotas/orders", "/api/v1/quota/alerts/rules/errors",
                           "/api/v1/quota/circuit-breaker/binance"}) {
    expect_code(404, "not_found", send(Method::Get, path));
    expect_code(404, "not_found", send(Method::Delete, path));
  }
  for (const char* order : {"/open", "/close", "/reset"}) {
    expect_code(404, "not_found", send(Method::Post, std::string(kBreakers) + "/binance" + order));
  }
  for (const char* path : {kQuotas, kRules, kBreakers, "/api/v1/quota/alerts"}) {
    EXPECT_TRUE(expect(200, send(Method::Get, path)).at("items").as_array().empty()) << path;
  }
  const auto stats = expect(200, send(Method::Get, "/api/v1/quota/stats"));
  EXPECT_TRUE(stats.at("quotas").as_array().empty());
  expect_code(404, "not_found", send(Method::Get, "/api/v1/quota/stats?tenant=platform"));
}

TEST_F(QuotaEndpointsTest, make_a_breaker_rule_or_replace_it) {
  given_api("binance", "v3");
  const auto made = send(Method::Post, kBreakers, R"({"api":"binance","version":"v3"})");
  EXPECT_EQ(expect(201, made).at("failure_rate").to_number<double>(), 0.5);
  const std::string place = field(made, "Location");
  EXPECT_EQ(place, "/api/v1/quota/circuit-breaker/binance?scope=endpoint&version=v3");
  const auto replaced =
      send(Method::Post, kBreakers, R"({"api":"binance","version":"v3","failure_rate":0.25})");
  EXPECT_EQ(expect(200, replaced).at("failure_rate").to_number<double>(), 0.25);
  EXPECT_EQ(expect(200, send(Method::Get, place)), json::parse(replaced.body));
  EXPECT_THAT(listed(kBreakers, "api"), ElementsAre("binance"));
  expect_code(409, "version_conflict",
              send(Method::Post, kBreakers, R"({"api":"binance","version":"v3"})",
                   {{"If-Match", field(made, "ETag")}}));
  expect_code(404, "not_found", send(Method::Get, std::string(kBreakers) + "/binance"));
  expect(204, send(Method::Delete, place));
  expect_code(404, "not_found", send(Method::Get, place));
}

TEST_F(QuotaEndpointsTest, find_the_rule_of_the_api_when_its_endpoints_have_none) {
  given_api("binance");
  expect(201, send(Method::Post, kBreakers, R"({"api":"binance","scope":"api"})"));
  const std::string place = std::string(kBreakers) + "/binance";
  EXPECT_EQ(expect(200, send(Method::Get, place)).at("scope"), "api");
  expect(201, send(Method::Post, kBreakers, R"({"api":"binance"})"));
  EXPECT_EQ(expect(200, send(Method::Get, place)).at("scope"), "endpoint");
  expect(204, send(Method::Delete, place + "?scope=api"));
  expect_code(404, "not_found", send(Method::Get, place + "?scope=api"));
}

TEST_F(QuotaEndpointsTest, show_the_breakers_of_a_rule_and_force_them) {
  given_api("binance");
  expect(201, send(Method::Post, kBreakers, R"({"api":"binance"})"));
  given_breaker({.api = "binance"}, "v1", "https://one.example.com");
  given_breaker({.api = "binance"}, "v2", "https://two.example.com");
  given_breaker({.api = "openai"}, "v1", "https://three.example.com");
  const std::string place = std::string(kBreakers) + "/binance";
  const auto shown = expect(200, send(Method::Get, place));
  ASSERT_EQ(shown.at("breakers").as_array().size(), 2u);
  EXPECT_EQ(shown.at("breakers").at(0).at("state"), "closed");

  const auto opened = expect(200, send(Method::Post, place + "/open?version=v2"));
  ASSERT_EQ(opened.at("breakers").as_array().size(), 1u);
  EXPECT_EQ(opened.at("breakers").at(0).at("state"), "forced_open");
  EXPECT_THAT(
      installation_.changes_told,
      ElementsAre(testing::Pair("https://two.example.com", policy::BreakerState::ForcedOpen)));
  const auto closed =
      expect(200, send(Method::Post, place + "/close?endpoint=https://one.example.com"));
  EXPECT_EQ(closed.at("breakers").at(0).at("state"), "forced_closed");
  const auto reset = expect(200, send(Method::Post, place + "/reset"));
  EXPECT_EQ(reset.at("breakers").at(1).at("state"), "closed");
  const auto unknown = send(Method::Post, place + "/open?version=v9");
  expect_code(404, "not_found", unknown);
  EXPECT_THAT(unknown.body, HasSubstr("with the version 'v9'"));

  const auto audit =
      expect(200, send(Method::Get, "/api/v1/auth/audit?action=circuit_breaker.open"));
  EXPECT_EQ(audit.at("items").at(0).at("target"), "api:binance");
}

TEST_F(QuotaEndpointsTest, list_alerts_the_newest_first_and_page_by_page) {
  const WallTime start = installation_.clock().wall();
  given_alert("a1", start);
  given_alert("a2", start + 1s, true);
  given_alert("a3", start + 2s);
  const std::string path = "/api/v1/quota/alerts";
  EXPECT_THAT(listed(path, "id"), ElementsAre("a3", "a2", "a1"));
  EXPECT_THAT(listed(path + "?state=resolved", "id"), ElementsAre("a2"));
  EXPECT_THAT(listed(path + "?state=firing", "id"), ElementsAre("a3", "a1"));
  EXPECT_THAT(listed(path + "?rule=other", "id"), ElementsAre());
  const auto page = expect(200, send(Method::Get, path + "?limit=2"));
  const std::string cursor(page.at("next_cursor").as_string());
  given_alert("a4", start + 3s);
  EXPECT_THAT(listed(path + "?limit=2&cursor=" + cursor, "id"), ElementsAre("a1"));
  expect_code(400, "invalid_parameter", send(Method::Get, path + "?cursor=MTph"));
}

TEST_F(QuotaEndpointsTest, keep_the_secret_of_a_webhook_to_themselves) {
  const std::string target =
      R"("targets":[{"webhook":"https://hooks.example.com/a","secret":"hunter2"}])";
  const auto made = send(Method::Post, kRules, alert_rule("errors", target));
  EXPECT_EQ(expect(201, made).at("targets").at(0).at("secret"), "***");
  const std::string place = field(made, "Location");
  EXPECT_EQ(place, "/api/v1/quota/alerts/rules/errors");
  for (const auto& path : {place, std::string(kRules)}) {
    EXPECT_THAT(send(Method::Get, path).body, Not(HasSubstr("hunter2")));
  }
  const auto replaced = send(Method::Put, place, alert_rule("errors", R"("severity":"critical")"),
                             {{"If-Match", field(made, "ETag")}});
  EXPECT_EQ(expect(200, replaced).at("severity"), "critical");
  expect(204, send(Method::Delete, place));
}

TEST_F(QuotaEndpointsTest, silence_a_rule_and_end_the_silence) {
  expect(201, send(Method::Post, kRules, alert_rule("errors")));
  const std::string place = std::string(kRules) + "/errors";
  const auto silenced =
      send(Method::Post, place + "/silence", R"({"until":"2030-01-01T00:00:00.000Z"})");
  EXPECT_EQ(expect(200, silenced).at("silenced_until"), "2030-01-01T00:00:00.000Z");
  expect_code(409, "version_conflict",
              send(Method::Post, place + "/silence", R"({"until":null})", {{"If-Match", "\"1\""}}));
  const auto ended = expect(200, send(Method::Post, place + "/silence", R"({"until":null})"));
  EXPECT_TRUE(ended.at("silenced_until").is_null());
  expect_code(422, "invalid_body",
              send(Method::Post, place + "/silence", R"({"until":"tomorrow"})"));
  const auto over = send(Method::Post, place + "/silence", R"({"until":"2001-01-01T00:00:00Z"})");
  expect_code(422, "invalid_body", over);
  EXPECT_THAT(over.body, HasSubstr("must be in the future"));
  EXPECT_TRUE(installation_.silenced.empty());
}

// It took quota:read too to remove a breaker rule and to silence an alert rule.
TEST_F(QuotaEndpointsTest, be_changed_by_who_may_change_and_not_read_them) {
  given_api("binance");
  expect(201, send(Method::Post, kBreakers, R"({"api":"binance","scope":"api"})"));
  expect(201, send(Method::Post, kRules, alert_rule("errors")));
  use_key(R"("scopes":["quota:write"])");
  expect(200, send(Method::Post, std::string(kRules) + "/errors/silence", R"({"until":null})"));
  expect(204, send(Method::Delete, std::string(kBreakers) + "/binance"));
  expect_code(403, "forbidden", send(Method::Get, kBreakers));
}

TEST_F(QuotaEndpointsTest, tell_their_health_to_everybody) {
  token_.clear();
  EXPECT_EQ(expect(200, send(Method::Get, "/api/v1/quota/health")).at("status"), "ok");
  expect_code(401, "authentication_required", send(Method::Get, "/api/v1/quota/stats"));
}

}  // namespace
}  // namespace apiforge::admin
