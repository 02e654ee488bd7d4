// Hedged reads, replay of bodies, the fallback chain, and how much load repeats add when all
// upstreams fail.
#include <gmock/gmock.h>

#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

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
