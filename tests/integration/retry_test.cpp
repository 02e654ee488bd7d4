// Retries: what is repeated, what never is, and how much load they may add to an upstream in
// trouble.
#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class RetryTest : public GatewayTest {
 protected:
  /// A port nobody listens on: it was somebody's a moment ago.
  static std::string refusing_url() {
    return FakeUpstream([](UpstreamConnection&) {}).url();
  }

  /// Answers `status` to the first request and 200 to all others.
  static FakeUpstream::Script failing_once(int status) {
    return FakeUpstream::answering(
        [status, first = std::make_shared<std::atomic<bool>>(true)](const HttpMessage& request) {
          return first->exchange(false) ? reply(status, "not now") : reply(200, request.body);
        });
  }
};

TEST_F(RetryTest, AnEndpointThatRefusesIsPassedOver) {
  FakeUpstream good(FakeUpstream::echoing());
  given_api("echo", {refusing_url(), good.url()}, {.upstream = "balancing: round_robin"});
  for (int i = 0; i < 10; ++i) {
    call("GET /proxy/echo/x");
    expect_status(200);
    call("POST /proxy/echo/x", {}, "never sent to the refusing one");
    expect_status(200);
  }
}

TEST_F(RetryTest, AReadIsRepeatedAfterA503) {
  FakeUpstream upstream(failing_once(503));
  given_api("echo", upstream);
  call("GET /proxy/echo/x");
  expect_status(200);
  EXPECT_EQ(upstream.requests().size(), 2u);
}

TEST_F(RetryTest, AnOrderIsNotRepeatedAfterA503) {
  FakeUpstream upstream(failing_once(503));
  given_api("echo", upstream);
  call("POST /proxy/echo/x", {}, "order");
  expect_status(503);
  EXPECT_EQ(last().body, "not now");
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(RetryTest, AStatusThatIsNotListedIsNotRepeated) {
  FakeUpstream upstream(failing_once(500));
  given_api("echo", upstream);
  call("GET /proxy/echo/x");
  expect_status(500);
}

TEST_F(RetryTest, TheLastAnswerIsPassedOnWhenAllAttemptsFail) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(503, "still not"); }));
  given_api("echo", upstream, {.upstream = "retry: {attempts: 3}"});
  call("GET /proxy/echo/x");
  expect_status(503);
  EXPECT_EQ(last().body, "still not");
  EXPECT_EQ(upstream.requests().size(), 3u);
}

TEST_F(RetryTest, ASmallBodyIsSentAgainWhole) {
  FakeUpstream upstream(failing_once(503));
  given_api("echo", upstream);
  call("PUT /proxy/echo/x", {}, "the whole body");
  expect_status(200);
  EXPECT_EQ(last().body, "the whole body");
}

TEST_F(RetryTest, NothingIsRepeatedAfterAByteReachedTheCaller) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part");
  });
  given_api("echo", upstream, {.upstream = "retry: {attempts: 5}"});
  const auto& cut = call("GET /proxy/echo/x");
  EXPECT_EQ(cut.status(), 200);
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(RetryTest, ALostConnectionBeforeTheReplyIsRepeatedForReadsOnly) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    if (!connection.next_request() || connection.number() % 2 == 0) return;
    connection.send(reply(200, "second time"));
  });
  given_api("echo", upstream);
  call("GET /proxy/echo/x");
  expect_status(200);
  call("POST /proxy/echo/x", {}, "order");
  expect_status(502);
  expect_problem("upstream_broke");
}

// Scenario 17 of the reliability list: all hosts failing.
TEST_F(RetryTest, RetriesAddAFifthToTheLoadAtMost) {
  constexpr std::size_t kCalls = 300;
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(503, "down"); }));
  given_api("echo", upstream, {.upstream = "retry: {attempts: 5, backoff_ms: 1}"});
  for (std::size_t i = 0; i < kCalls; ++i) call("GET /proxy/echo/x");
  EXPECT_LE(upstream.requests().size(), kCalls * 12 / 10 + 3);
  EXPECT_GE(upstream.requests().size(), kCalls + 3);
}

}  // namespace
}  // namespace apiforge::testing_support
