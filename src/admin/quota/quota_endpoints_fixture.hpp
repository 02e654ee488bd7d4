// QuotaEndpointsTest: an Installation with its administrator logged in, and verbs for the
// operations of quotas, breakers and alerts. Tests only; one thread.
#pragma once
#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "admin/installation_fixture.hpp"

namespace apiforge::admin {

class QuotaEndpointsTest : public testing::Test {
 protected:
  static constexpr const char* kQuotas = "/api/v1/quota/quotas";
  static constexpr const char* kBreakers = "/api/v1/quota/circuit-breaker";
  static constexpr const char* kCheck = "/api/v1/quota/rate-limit/check";
  static constexpr const char* kRules = "/api/v1/quota/alerts/rules";

  QuotaEndpointsTest() { token_ = login("root"); }

  static std::string quota(const std::string& name, const std::string& members = "") {
    return R"({"name":")" + name + R"(","limit":{"unit":"requests","amount":100,"per_ms":60000})" +
           (members.empty() ? "" : "," + members) + "}";
  }
  static std::string alert_rule(const std::string& name, const std::string& members = "") {
    return R"({"name":")" + name + R"(","metric":"error_rate","threshold":0.05)" +
           (members.empty() ? "" : "," + members) + "}";
  }
  ControlReply send(net::Method method, const std::string& path, const std::string& body = {},
                    Fields fields = {}) {
    return installation_.send({method, path, body, token_, std::move(fields)});
  }
  boost::json::value expect(int status, const ControlReply& reply) {
    EXPECT_EQ(reply.status, status) << reply.body;
    boost::system::error_code error;
    return boost::json::parse(reply.body, error);
  }
  void expect_code(int status, std::string_view code, const ControlReply& reply) {
    const auto problem = expect(status, reply);
    ASSERT_TRUE(problem.is_object());
    EXPECT_EQ(problem.at("code").as_string(), code) << reply.body;
  }
  static std::string field(const ControlReply& reply, std::string_view name) {
    for (const auto& [each, value] : reply.fields) {
      if (each == name) return value;
    }
    return {};
  }
  std::vector<std::string> listed(const std::string& path, std::string_view member = "name") {
    std::vector<std::string> result;
    const auto list = expect(200, send(net::Method::Get, path));
    for (const boost::json::value& item : list.at("items").as_array()) {
      result.emplace_back(item.at(member).as_string());
    }
    return result;
  }
  std::string login(const std::string& username) {
    const auto tokens =
        expect(200, installation_.send({net::Method::Post, "/api/v1/auth/login",
                                        R"({"username":")" + username + R"(","password":")" +
                                            Installation::kPassword + "\"}"}));
    return std::string(tokens.at("access_token").as_string());
  }
  std::string be_owner_of_another_tenant() {
    const auto user = expect(
        201, installation_.send({net::Method::Post, "/api/v1/auth/register",
                                 R"({"username":"ada","email":"ada@example.com","password":")" +
                                     std::string(Installation::kPassword) + "\"}"}));
    token_ = login("ada");
    return std::string(user.at("tenant_id").as_string());
  }
  void given_api(const std::string& name, const std::string& version = "v1") {
    expect(201, send(net::Method::Post, "/api/v1/gateway/apis",
                     R"({"name":")" + name + R"(","version":")" + version +
                         R"(","upstream":{"endpoints":[{"url":"https://api.example.com"}]}})"));
  }
  /// An Api that the workers have.
  void given_active(const std::string& name, const std::string& tenant = "platform",
                    bool is_public = false) {
    installation_.active_apis.push_back({.tenant = {tenant},
                                         .name = name,
                                         .version = "v1",
                                         .endpoints = {},
                                         .is_public = is_public,
                                         .permissions = {model::Permission::GatewayCall}});
  }
  /// A key of whoever asks now, from whose text the next requests come; its id.
  std::string use_key(const std::string& members) {
    const auto key = expect(
        201, send(net::Method::Post, "/api/v1/auth/api-keys", R"({"name":"bot",)" + members + "}"));
    token_ = std::string(key.at("key").as_string());
    return std::string(key.at("id").as_string());
  }
  ControlReply ask(const std::string& subject, bool consume = true) {
    return send(net::Method::Post, kCheck,
                R"({"subject":)" + subject + R"(,"consume":)" + (consume ? "true}" : "false}"));
  }
  void given_breaker(const model::BreakerRule& rule, const std::string& version,
                     const std::string& endpoint) {
    installation_.breakers.push_back({.tenant = {std::string(model::kPlatformTenant)},
                                      .api = rule.api,
                                      .version = version,
                                      .endpoint = endpoint,
                                      .breaker = std::make_shared<policy::Breaker>(rule)});
  }
  void given_alert(const std::string& id, WallTime since, bool resolved = false) {
    quota::Alert alert{.id = id, .tenant = {std::string(model::kPlatformTenant)}, .rule = "errors"};
    alert.metric = "error_rate";
    alert.labels = {{"api", "binance"}};
    alert.since = since;
    if (resolved) {
      alert.resolved_at = since + std::chrono::minutes(1);
    } else {
      alert.phase = policy::AlertPhase::Firing;
    }
    installation_.alerts.push_back(std::move(alert));
  }

  Installation installation_;
  std::string token_;
};

}  // namespace apiforge::admin
