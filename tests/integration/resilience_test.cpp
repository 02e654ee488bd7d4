// Hedged reads, replay of bodies, the fallback chain, and how much load repeats add when all
// upstreams fail.
#include <gmock/gmock.h>

#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ResilienceTest : public GatewayTest {
 protected:
  static FakeUpstream::Script saying(int status, const std::string& text) {
    return FakeUpstream::answering(
        [status, text](const HttpMessage&) { return reply(status, text); });
  }
  /// Takes requests and never answers.
  static FakeUpstream::Script hanging() {
    return [](UpstreamConnection& connection) {
      connection.next_request();
      connection.read_to_end();
    };
  }
  /// Never answers `/hang`, and all else at once.
  static FakeUpstream::Script hanging_when_told() {
    return [](UpstreamConnection& connection) {
      while (const auto request = connection.next_request()) {
        if (request->target() == "/hang") {
          connection.read_to_end();
          return;
        }
        connection.send(reply(200, "here"));
      }
    };
  }
  static std::string refusing_url() {
    return FakeUpstream([](UpstreamConnection&) {}).url();
  }
};

TEST_F(ResilienceTest, AReadThatTakesLongIsSentElsewhereToo) {
  FakeUpstream slow(hanging());
  FakeUpstream fast(saying(200, "fast"));
  given_api("api", {slow.url(), fast.url()},
            {.upstream = "balancing: round_robin, hedge: {after_ms: 60, percent: 100}"});
  const auto taken = time_of([this] {
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(call("GET /proxy/api/x").body, "fast");
      expect_status(200);
    }
  });
  EXPECT_LT(taken, milliseconds(4'000));
  EXPECT_GE(slow.requests().size(), 1U);
}

TEST_F(ResilienceTest, TheSlowAttemptIsCancelled) {
  FakeUpstream slow(hanging());
  FakeUpstream fast(saying(200, "fast"));
  given_api("api", {slow.url(), fast.url()},
            {.upstream = "balancing: round_robin, hedge: {after_ms: 40, percent: 100}"});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(call("GET /proxy/api/x").body, "fast");
  EXPECT_TRUE(slow.wait_for_ended_scripts(slow.connections()));
}

TEST_F(ResilienceTest, WritesAreNotHedged) {
  FakeUpstream slow([](UpstreamConnection& connection) {
    while (connection.next_request()) {
      connection.next_request(milliseconds(200));
      connection.send(reply(200, "slow"));
    }
  });
  FakeUpstream fast(saying(200, "fast"));
  given_api("api", {slow.url(), fast.url()},
            {.upstream = "balancing: round_robin, hedge: {after_ms: 40, percent: 100}"});
  for (int i = 0; i < 4; ++i) {
    call("POST /proxy/api/x", {}, "order");
    expect_status(200);
  }
  EXPECT_EQ(slow.requests().size() + fast.requests().size(), 4U);
}

TEST_F(ResilienceTest, HedgesAreAShareOfTheCalls) {
  FakeUpstream slow([](UpstreamConnection& connection) {
    while (connection.next_request()) {
      connection.next_request(milliseconds(120));
      if (!connection.send(reply(200, "slow"))) return;
    }
  });
  FakeUpstream also_slow([](UpstreamConnection& connection) {
    while (connection.next_request()) {
      connection.next_request(milliseconds(120));
      if (!connection.send(reply(200, "slow"))) return;
    }
  });
  given_api("api", {slow.url(), also_slow.url()},
            {.upstream = "hedge: {after_ms: 20, percent: 10}"});
  for (int i = 0; i < 20; ++i) call("GET /proxy/api/x");
  EXPECT_LE(slow.requests().size() + also_slow.requests().size(), 22U);
}

TEST_F(ResilienceTest, ABodyWithinTheBoundIsSentAgain) {
  std::atomic<int> requests = 0;
  FakeUpstream upstream(FakeUpstream::answering([&requests](const HttpMessage& request) {
    return ++requests == 1 ? reply(503) : reply(200, std::to_string(request.body.size()));
  }));
  given_api("api", upstream, {.upstream = "retry: {attempts: 2, replay_bytes: 300000}"});
  call("PUT /proxy/api/x", {}, std::string(250'000, 'x'));
  expect_status(200);
  EXPECT_EQ(last().body, "250000");
  requests = 0;
  call("PUT /proxy/api/x", {}, std::string(400'000, 'x'));
  expect_status(503);
}

TEST_F(ResilienceTest, AFallbackReplyIsGivenForTheFailuresItIsFor) {
  FakeUpstream failing(saying(500, "broken"));
  const std::string step = "kind: reply, status: 203, headers: {X-Own: \"1\"}, body: \"instead\"";
  given_api("down", {refusing_url()}, {.more = "fallback: [{on: [connect], " + step + "}]"});
  given_api("failing", failing, {.more = "fallback: [{on: [connect], " + step + "}]"});
  given_api("failing5", failing, {.more = "fallback: [{on: [5xx], " + step + "}]"});
  const auto& got = call("GET /proxy/down/x");
  expect_status(203);
  EXPECT_EQ(got.body, "instead");
  EXPECT_EQ(got.field("X-Fallback"), "reply");
  EXPECT_EQ(got.field("X-Own"), "1");
  call("GET /proxy/failing/x");
  expect_status(500);
  EXPECT_EQ(last().body, "broken");
  EXPECT_FALSE(last().has("X-Fallback"));
  EXPECT_EQ(call("POST /proxy/failing5/x", {}, "a body").body, "instead");
}

TEST_F(ResilienceTest, AnotherApiAnswersAndTheChainGoesOnWhenItFailsToo) {
  FakeUpstream good(FakeUpstream::echoing());
  FakeUpstream failing(saying(502, "broken too"));
  given_api("other", good);
  given_api("broken", failing);
  given_api("first", {refusing_url()}, {.more = "fallback: [{kind: api, api: other}]"});
  given_api("chain", {refusing_url()},
            {.more = "fallback: [{kind: api, api: broken}, {kind: api, api: other}]"});
  given_api("lost", {refusing_url()}, {.more = "fallback: [{kind: api, api: broken}]"});
  const auto& got = call("PUT /proxy/first/a/b?c=d", {}, "body");
  expect_status(200);
  EXPECT_EQ(got.field("X-Fallback"), "api:other");
  EXPECT_EQ(good.last_request().start_line, "PUT /a/b?c=d HTTP/1.1");
  EXPECT_EQ(good.last_request().body, "body");
  call("GET /proxy/chain/x");
  expect_status(200);
  EXPECT_EQ(last().field("X-Fallback"), "api:other");
  call("GET /proxy/lost/x");
  expect_status(502);
  EXPECT_EQ(last().body, "broken too");
  EXPECT_FALSE(last().has("X-Fallback"));
}

TEST_F(ResilienceTest, TheAccessRulesOfTheOtherApiHold) {
  FakeUpstream good(FakeUpstream::echoing());
  given_api("closed", good, {.is_public = false});
  given_api("first", {refusing_url()}, {.more = "fallback: [{kind: api, api: closed}]"});
  call("GET /proxy/first/x");
  expect_status(502);
  EXPECT_TRUE(good.requests().empty());
}

// A fallback once sent an order to a second API after the first had taken it and failed.
TEST_F(ResilienceTest, WhatMayHaveBeenExecutedGoesToNoOtherApi) {
  FakeUpstream other(FakeUpstream::echoing());
  FakeUpstream failing(saying(500, "taken, and then?"));
  FakeUpstream limited(saying(429, "not now"));
  const ApiText to_other{.more =
                             "fallback: [{kind: api, api: other, on: [5xx, \"429\", connect]}]"};
  given_api("other", other);
  given_api("failing", failing, to_other);
  given_api("limited", limited, to_other);
  given_api("down", {refusing_url()}, to_other);
  call("POST /proxy/failing/order", {}, "buy");
  expect_status(500);
  EXPECT_TRUE(other.requests().empty());
  call("GET /proxy/failing/order");
  expect_status(200);
  call("POST /proxy/limited/order", {}, "buy");  // refused, and so not executed
  expect_status(200);
  call("POST /proxy/down/order", {}, "buy");  // nobody saw it
  expect_status(200);
}

TEST_F(ResilienceTest, AModelMayBeAskedTwice) {
  FakeUpstream other(FakeUpstream::echoing());
  FakeUpstream failing(saying(500, "broken"));
  given_api("other", other);
  given_api("chat", failing, {.more = "kind: llm, fallback: [{kind: api, api: other}]"});
  call("POST /proxy/chat/completions", {}, "{}");
  expect_status(200);
  EXPECT_EQ(last().field("X-Fallback"), "api:other");
}

// The slower attempt ended with the runtime of the other Api: an endpoint that was not there, and
// fewer than no calls in flight.
TEST_F(ResilienceTest, ASlowAttemptEndsWithTheApiItWasMadeOf) {
  FakeUpstream slow(hanging());
  FakeUpstream limited(saying(429, "not now"));
  FakeUpstream also_limited(saying(429, "not now"));
  FakeUpstream good(saying(200, "other"));
  given_setting("WORKERS", "1");
  given_api("other", good, {.upstream = "adaptive_concurrency: {initial: 1, min: 1, max: 2}"});
  given_api("api", {limited.url(), also_limited.url(), slow.url()},
            {.upstream = "balancing: round_robin, retry: {attempts: 1}, "
                         "hedge: {after_ms: 40, percent: 100}",
             .more = "fallback: [{kind: api, api: other, on: [\"429\"]}]"});
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(call("GET /proxy/api/x").body, "other");
    EXPECT_EQ(last().field("X-Fallback"), "api:other");
  }
  EXPECT_GE(slow.requests().size(), 1U);
  for (int i = 0; i < 20; ++i) {
    call("GET /proxy/other/x");
    expect_status(200);
  }
}

// The endpoint was ejected because the gateway would open no more connections to it.
TEST_F(ResilienceTest, WhatTheGatewayRefusesIsNotHeldAgainstTheEndpoint) {
  FakeUpstream one(hanging_when_told());
  FakeUpstream two(hanging_when_told());
  given_setting("WORKERS", "1");
  given_api("api", {one.url(), two.url()},
            {.upstream = "balancing: round_robin, max_connections: 1, retry: {attempts: 1}, "
                         "ejection: {consecutive_failures: 2, base_time_ms: 60000}"});
  {
    RawClient first = connect();
    RawClient second = connect();
    first.send(request("GET /proxy/api/hang"));
    second.send(request("GET /proxy/api/hang"));
    ASSERT_TRUE(one.wait_for_requests(1) && two.wait_for_requests(1));
    for (int i = 0; i < 10; ++i) {
      call("GET /proxy/api/x");
      expect_status(503);
      expect_problem("upstream_saturated");
    }
  }
  ASSERT_TRUE(one.wait_for_ended_scripts(1) && two.wait_for_ended_scripts(1));
  const std::size_t before = one.requests().size() + two.requests().size();
  for (int i = 0; i < 10; ++i) {
    call("GET /proxy/api/x");
    expect_status(200);
  }
  EXPECT_EQ(one.requests().size() + two.requests().size(), before + 10);
  EXPECT_EQ(one.requests().size(), two.requests().size()) << "neither is left out";
  EXPECT_THAT(call("GET /metrics").body,
              Not(ContainsRegex("apiforge_upstream_failures_total[^\n]*[}] [1-9]")));
}

// A caller with a short deadline of its own could have half of the endpoints ejected.
TEST_F(ResilienceTest, ACallersOwnDeadlineIsNotHeldAgainstTheEndpoint) {
  FakeUpstream one(hanging_when_told());
  FakeUpstream two(hanging_when_told());
  given_setting("WORKERS", "1");
  given_api("api", {one.url(), two.url()},
            {.upstream = "balancing: round_robin, retry: {attempts: 1}, "
                         "ejection: {consecutive_failures: 2, base_time_ms: 60000}"});
  for (int i = 0; i < 6; ++i) {
    call("POST /api/v1/gateway/call/api", "Content-Type: application/json\r\n",
         R"({"method":"GET","path":"/hang","timeout_ms":20})");
    expect_status(504);
  }
  for (int i = 0; i < 10; ++i) {
    call("GET /proxy/api/x");
    expect_status(200);
  }
  EXPECT_EQ(one.requests().size(), 8U);
  EXPECT_EQ(two.requests().size(), 8U);
}

TEST_F(ResilienceTest, AnUnifiedCallFallsBackToo) {
  given_api("down", {refusing_url()},
            {.more = "fallback: [{kind: reply, status: 200, body: \"instead\"}]"});
  const auto& got =
      call("POST /api/v1/gateway/call/down", "Content-Type: application/json\r\n", "{}");
  expect_status(200);
  EXPECT_EQ(got.field("X-Fallback"), "reply");
  EXPECT_THAT(got.body, HasSubstr(R"("body":"instead")"));
}

TEST_F(ResilienceTest, AllUpstreamsFailingSeeAFifthMoreAtMost) {
  constexpr std::size_t kCalls = 500;
  FakeUpstream one(saying(503, "down"));
  FakeUpstream two([](UpstreamConnection& connection) { connection.next_request(); });
  given_api(
      "api", {one.url(), two.url()},
      {.upstream = "retry: {attempts: 5, backoff_ms: 1}, ejection: {consecutive_failures: 0}"});
  for (std::size_t i = 0; i < kCalls; ++i) call("GET /proxy/api/x");
  EXPECT_LE(one.requests().size() + two.requests().size(), kCalls * 12 / 10);
}

TEST_F(ResilienceTest, AnErrorThatSays200IsPassedOnAndCounted) {
  FakeUpstream upstream(saying(200, R"({"error":{"code":7}})"));
  given_api("api", upstream, {.more = "error_replies: [{pointer: /error}]"});
  EXPECT_EQ(call("GET /proxy/api/x").body, R"({"error":{"code":7}})");
  expect_status(200);
}

}  // namespace
}  // namespace apiforge::testing_support
