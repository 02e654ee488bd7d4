// Fields: which ones pass, which stay behind, and which ones the gateway writes itself.
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class HeadersTest : public GatewayTest {
 protected:
  /// The request as the upstream of a fresh API saw it.
  HttpMessage seen_upstream(const std::string& fields) {
    if (!upstream_) {
      upstream_ = std::make_unique<FakeUpstream>(FakeUpstream::echoing());
      given_api("echo", *upstream_);
    }
    call("GET /proxy/echo/x", fields);
    expect_status(200);
    return upstream_->last_request();
  }
  std::string upstream_host() const { return upstream_->url().substr(7); }

 private:
  std::unique_ptr<FakeUpstream> upstream_;
};

TEST_F(HeadersTest, OrdinaryFieldsPassUnchanged) {
  const HttpMessage seen =
      seen_upstream("X-One: 1\r\nAccept: */*\r\nx-Two:  a  b \r\nX-One: 2\r\n");
  EXPECT_EQ(seen.field("X-One"), "1, 2");
  EXPECT_EQ(seen.field("Accept"), "*/*");
  EXPECT_EQ(seen.field("X-Two"), "a  b");
}

TEST_F(HeadersTest, FieldsOfOneHopStayBehind) {
  const HttpMessage seen = seen_upstream(
      "Connection: keep-alive, X-Mine, X-Request-ID, Host\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
      "Proxy-Authorization: x\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: h2c\r\n");
  for (const auto* name :
       {"X-Mine", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE"}) {
    EXPECT_FALSE(seen.has(name)) << name;
  }
  // CVE-2024-45410 of Traefik: what the gateway adds cannot be named away.
  EXPECT_EQ(seen.field("Host"), upstream_host());
  EXPECT_TRUE(seen.has("X-Request-ID"));
  EXPECT_TRUE(seen.has("X-Forwarded-For"));
}

TEST_F(HeadersTest, FieldsOfOneHopStayBehindInRepliesToo) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage&) {
    return reply(200, "x",
                 "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
                 "Proxy-Authenticate: x\r\nX-Kept: yes\r\n");
  }));
  given_api("echo", upstream);
  call("GET /proxy/echo/x");
  for (const auto* name : {"X-Mine", "Keep-Alive", "Proxy-Authenticate"}) {
    EXPECT_FALSE(last().has(name)) << name;
  }
  EXPECT_EQ(last().field("X-Kept"), "yes");
}

// CVE-2023-27487 of Envoy: a caller forged the proxy's own fields.
TEST_F(HeadersTest, TheGatewaysOwnFieldsCannotBeForged) {
  const HttpMessage seen =
      seen_upstream("X-APIForge-Tenant: admin\r\nx-apiforge-anything: 1\r\nX-API-Key: secret\r\n");
  EXPECT_FALSE(seen.has("X-APIForge-Tenant"));
  EXPECT_FALSE(seen.has("X-APIForge-Anything"));
  EXPECT_FALSE(seen.has("X-API-Key"));
}

constexpr const char* kForwarded =
    "X-Forwarded-For: 10.1.1.1, 203.0.113.7\r\nX-Forwarded-Host: evil.test\r\n"
    "X-Forwarded-Proto: https\r\nX-Real-IP: 10.1.1.1\r\nForwarded: for=10.1.1.1\r\n";

TEST_F(HeadersTest, ForwardingFieldsOfStrangersAreReplaced) {
  const HttpMessage seen = seen_upstream(kForwarded);
  EXPECT_EQ(seen.field("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(seen.field("X-Forwarded-Proto"), "http");
  EXPECT_EQ(seen.field("X-Forwarded-Host"), "gateway.test");
  EXPECT_FALSE(seen.has("X-Real-IP"));
  EXPECT_FALSE(seen.has("Forwarded"));
}

TEST_F(HeadersTest, ForwardingFieldsOfTrustedProxiesAreBelievedUpToTheFirstStranger) {
  given_setting("TRUSTED_PROXIES", "127.0.0.0/8,192.0.2.0/24");
  EXPECT_EQ(seen_upstream(kForwarded).field("X-Forwarded-For"), "203.0.113.7");
  EXPECT_EQ(seen_upstream("X-Forwarded-For: 10.1.1.1, 203.0.113.7, 192.0.2.9\r\n")
                .field("X-Forwarded-For"),
            "203.0.113.7");
  EXPECT_EQ(seen_upstream("X-Forwarded-For: not an address\r\n").field("X-Forwarded-For"),
            "127.0.0.1");
}

TEST_F(HeadersTest, ARequestIdIsKeptOrMade) {
  EXPECT_EQ(seen_upstream("X-Request-ID: order-7.a_B\r\n").field("X-Request-ID"), "order-7.a_B");
  EXPECT_EQ(last().field("X-Request-ID"), "order-7.a_B");
  for (const std::string bad : {"", "has space", "a/b", "\"quoted\"", "a;b"}) {
    const std::string made = seen_upstream("X-Request-ID: " + bad + "\r\n").field("X-Request-ID");
    EXPECT_EQ(made.size(), 32u) << bad;
    EXPECT_EQ(last().field("X-Request-ID"), made);
  }
  const std::string too_long(129, 'a');
  EXPECT_NE(seen_upstream("X-Request-ID: " + too_long + "\r\n").field("X-Request-ID"), too_long);
}

TEST_F(HeadersTest, MoreFieldsThanAllowedAreRefused) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  call("GET /proxy/echo/x", fields);
  expect_status(431);
}

}  // namespace
}  // namespace apiforge::testing_support
