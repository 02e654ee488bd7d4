#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {

void GatewayTest::given_api(const std::string& name, const FakeUpstream& upstream,
                            const ApiText& text) {
  given_api(name, std::vector{upstream.url()}, text);
}

void GatewayTest::given_api(const std::string& name, const std::vector<std::string>& urls,
                            const ApiText& text) {
  std::string endpoints;
  for (const std::string& url : urls) endpoints += "{url: \"" + url + "\"}, ";
  apis_ += "  - {name: " + name + ", upstream: {endpoints: [" + endpoints + "]";
  if (!text.upstream.empty()) apis_ += ", " + text.upstream;
  apis_ += "}";
  if (text.is_public) apis_ += ", access: {public: true}";
  if (!text.more.empty()) apis_ += ", " + text.more;
  apis_ += "}\n";
}

void GatewayTest::given_credential(const std::string& name, const std::string& kind,
                                   const std::string& fields) {
  credentials_ += "  - {name: " + name + ", kind: " + kind + ", fields: {" + fields + "}}\n";
}

void GatewayTest::given_quota(const std::string& name, const std::string& members) {
  quotas_ += "  - {name: " + name + ", " + members + "}\n";
}

void GatewayTest::given_breaker(const std::string& api, const std::string& members) {
  breakers_ += "  - {api: " + api + ", " + members + "}\n";
}

void GatewayTest::given_administrator() {
  given_setting("ADMIN_USERNAME", kAdminName);
  given_setting("ADMIN_PASSWORD", kAdminPassword);
}

GatewayProcess& GatewayTest::restarted_gateway() {
  client_.reset();
  gateway_.reset();
  return gateway();
}

GatewayProcess& GatewayTest::gateway() {
  if (!gateway_) gateway_ = std::make_unique<GatewayProcess>(folder_, configuration(), settings_);
  return *gateway_;
}

std::string GatewayTest::request(std::string_view method_and_target, std::string_view fields,
                                 std::string_view body) {
  std::string text(method_and_target);
  text.append(" HTTP/1.1\r\n");
  if (!fields.starts_with("Host:")) text.append("Host: gateway.test\r\n");
  text.append(fields);
  if (!body.empty()) {
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return text.append("\r\n").append(body);
}

const HttpMessage& GatewayTest::call(std::string_view method_and_target, std::string_view fields,
                                     std::string_view body) {
  const auto kind =
      method_and_target.starts_with("HEAD ") ? MessageKind::ReplyToHead : MessageKind::Reply;
  if (!client_) client_.emplace(gateway().port());
  client_->send(request(method_and_target, fields, body));
  last_ = client_->read_reply(kind);
  if (!last_.complete || last_.field("Connection") == "close") client_.reset();
  return last_;
}

void GatewayTest::expect_status(int status) const {
  EXPECT_EQ(last_.status(), status) << last_.start_line << '\n' << last_.body;
  EXPECT_TRUE(last_.complete);
}

void GatewayTest::expect_problem(std::string_view code) const {
  EXPECT_EQ(last_.field("Content-Type"), "application/problem+json") << last_.start_line;
  EXPECT_NE(last_.body.find("\"code\":\"" + std::string(code) + "\""), std::string::npos)
      << last_.body;
}

milliseconds time_of(const std::function<void()>& action) {
  const auto begun = TestClock::now();
  action();
  return std::chrono::duration_cast<milliseconds>(TestClock::now() - begun);
}

}  // namespace apiforge::testing_support
