// Upgrades: nothing is tunnelled before the upstream agrees, and then everything is, both ways.
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr std::string_view kUpgradeFields =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr std::string_view kAgreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

class UpgradeTest : public GatewayTest {
 protected:
  /// A caller that asked for an upgrade and was given one.
  RawClient upgraded_caller() {
    RawClient caller = connect();
    caller.send(request("GET /proxy/ws/x", kUpgradeFields));
    const HttpMessage agreed = caller.read_reply();
    EXPECT_EQ(agreed.status(), 101);
    EXPECT_EQ(agreed.field("Upgrade"), "websocket");
    EXPECT_EQ(agreed.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return caller;
  }
};

TEST_F(UpgradeTest, BytesFlowBothWaysAfterTheUpstreamAgreed) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(std::string(kAgreed) + "welcome");
    std::string heard;
    while (connection.stream().receive(heard)) {
      connection.send("you said " + std::exchange(heard, {}));
    }
  });
  given_api("ws", upstream);
  RawClient caller = upgraded_caller();
  EXPECT_EQ(caller.read_until("welcome"), "welcome");
  caller.send("hello");
  EXPECT_EQ(caller.read_until("hello"), "you said hello");
  const HttpMessage seen = upstream.last_request();
  EXPECT_EQ(seen.field("Upgrade"), "websocket");
  EXPECT_EQ(seen.field("Sec-WebSocket-Key"), "dGhlIHNhbXBsZSBub25jZQ==");
}

TEST_F(UpgradeTest, TheAgreementTellsOfTheLimitLikeAnyReply) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(kAgreed);
    connection.read_to_end();
  });
  given_api("ws", upstream);
  given_quota("few", "match: {api: ws}, limit: {unit: requests, amount: 5, per_ms: 60000}");
  RawClient caller = connect();
  caller.send(request("GET /proxy/ws/x", kUpgradeFields));
  const HttpMessage agreed = caller.read_reply();
  EXPECT_EQ(agreed.status(), 101);
  EXPECT_TRUE(agreed.field("RateLimit").starts_with("\"few\";r=4;t=")) << agreed.field("RateLimit");
  EXPECT_EQ(agreed.field("RateLimit-Policy"), "\"few\";q=5;w=60");
  EXPECT_TRUE(agreed.has("X-Request-ID"));
}

TEST_F(UpgradeTest, BytesBeforeTheAgreementWaitForIt) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    std::string early;
    EXPECT_FALSE(connection.stream().receive(early, milliseconds(100))) << early;
    connection.send(kAgreed);
    connection.stream().receive(early);
    connection.send("then came " + early);
  });
  given_api("ws", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/ws/x", kUpgradeFields) + "early");
  EXPECT_EQ(caller.read_reply().status(), 101);
  EXPECT_EQ(caller.read_until("early"), "then came early");
}

// CVE-2026-73548 of Envoy: bytes after a refused upgrade were taken for the other protocol.
TEST_F(UpgradeTest, BytesBehindARefusedUpgradeReachNobody) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(403, "no"); }));
  given_api("ws", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/ws/x", kUpgradeFields) + request("GET /proxy/ws/sentinel"));
  EXPECT_EQ(caller.read_reply().status(), 403);
  EXPECT_TRUE(caller.closed_within(kPatience));
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(UpgradeTest, ARefusedUpgradeLeavesAnOrdinaryConnection) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(403, "no"); }));
  given_api("ws", upstream);
  RawClient caller = connect();
  for (int i = 0; i < 2; ++i) {
    caller.send(request("GET /proxy/ws/x", kUpgradeFields));
    EXPECT_EQ(caller.read_reply().body, "no");
  }
}

TEST_F(UpgradeTest, AnUpgradeThatNobodyAskedForIsRefused) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(kAgreed);
    connection.read_to_end();
  });
  given_api("ws", upstream);
  call("GET /proxy/ws/x");
  expect_status(502);
}

TEST_F(UpgradeTest, TheEndOfOneDirectionLetsTheOtherFinish) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(kAgreed);
    std::string heard;
    while (connection.stream().receive(heard)) {
    }
    connection.send("all of it: " + heard);
  });
  given_api("ws", upstream);
  RawClient caller = upgraded_caller();
  caller.send("last words");
  caller.stream().shutdown_send();
  EXPECT_EQ(caller.read_all(), "all of it: last words");
  EXPECT_EQ(caller.stream().end(), Stream::End::Closed);
}

TEST_F(UpgradeTest, TheEndOfTheUpstreamReachesTheCaller) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(std::string(kAgreed) + "bye");
  });
  given_api("ws", upstream);
  RawClient caller = upgraded_caller();
  caller.read_until("bye");
  EXPECT_TRUE(caller.closed_within(milliseconds(500)));
}

TEST_F(UpgradeTest, TheEndOfTheCallerReachesTheUpstream) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(kAgreed);
    connection.read_to_end();
  });
  given_api("ws", upstream);
  RawClient caller = upgraded_caller();
  caller.stream().close();
  EXPECT_TRUE(upstream.wait_for_ended_scripts(1, milliseconds(500)));
}

}  // namespace
}  // namespace apiforge::testing_support
