// Limits, quotas and budgets on the way of a call: who is refused and how, what a refused call
// costs, and that everything a call holds comes back however it ends.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

class LimitsTest : public GatewayTest {
 protected:
  /// As many calls as that, all admitted.
  void expect_admitted(int calls, std::string_view request, std::string_view fields = {}) {
    for (int i = 0; i < calls; ++i) {
      call(request, fields);
      expect_status(200);
    }
  }
  void expect_refused(std::string_view request, std::string_view fields = {}) {
    call(request, fields);
    expect_status(429);
    expect_problem("quota_exceeded");
  }
  /// Calls until there is room again: places come back when the gateway has noticed an end.
  bool admits_soon(std::string_view request) {
    const auto until = TestClock::now() + kPatience;
    while (TestClock::now() < until) {
      if (call(request).status() == 200) return true;
    }
    return false;
  }
};

TEST_F(LimitsTest, ACallAboveTheLimitIsRefusedAndReachesNoUpstream) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("three", "match: {api: api}, limit: {unit: requests, amount: 3, per_ms: 60000}");
  for (const std::string left : {"2", "1", "0"}) {
    call("GET /proxy/api/x");
    expect_status(200);
    EXPECT_THAT(last().field("RateLimit"), HasSubstr("\"three\";r=" + left + ";t="));
    EXPECT_EQ(last().field("RateLimit-Policy"), "\"three\";q=3;w=60");
  }
  expect_refused("GET /proxy/api/x");
  EXPECT_THAT(last().field("RateLimit"), HasSubstr("\"three\";r=0;t="));
  EXPECT_EQ(last().field("RateLimit-Policy"), "\"three\";q=3;w=60");
  const int wait = std::stoi(last().field("Retry-After"));
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 21);
  EXPECT_THAT(last().body, HasSubstr("http-problem-types#quota-exceeded"));
  EXPECT_THAT(last().body, HasSubstr(R"("violated-policies":["three"])"));
  EXPECT_EQ(upstream.requests().size(), 3U);
}

TEST_F(LimitsTest, AnUnifiedCallHearsTheSame) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("one", "match: {api: api}, limit: {unit: requests, amount: 1, per_ms: 60000}");
  const std::string type = "Content-Type: application/json\r\n";
  call("POST /api/v1/gateway/call/api", type, "{}");
  expect_status(200);
  EXPECT_THAT(last().field("RateLimit"), HasSubstr("\"one\";r=0"));
  call("POST /api/v1/gateway/call/api", type, "{}");
  expect_status(429);
  expect_problem("quota_exceeded");
  EXPECT_TRUE(last().has("Retry-After"));
  EXPECT_THAT(last().body, HasSubstr("violated-policies"));
}

TEST_F(LimitsTest, ACallThatOneOfSeveralRefusesTakesNothingOfTheOthers) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("all", "match: {api: api}, limit: {unit: requests, amount: 4, per_ms: 60000}");
  given_quota("writes",
              "match: {api: api, method: POST}, limit: {unit: requests, amount: 1, per_ms: 60000}");
  expect_admitted(1, "POST /proxy/api/x");
  for (int i = 0; i < 5; ++i) {
    expect_refused("POST /proxy/api/x");
    EXPECT_THAT(last().body, HasSubstr("\"writes\""));
  }
  expect_admitted(3, "GET /proxy/api/x");
  expect_refused("GET /proxy/api/x");
  EXPECT_THAT(last().body, HasSubstr("\"all\""));
}

TEST_F(LimitsTest, APathIsLimitedByItself) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota(
      "orders",
      "match: {api: api, path: /orders}, limit: {unit: requests, amount: 1, per_ms: 60000}");
  expect_admitted(1, "GET /proxy/api/orders/1");
  expect_refused("GET /proxy/api/orders/2");
  expect_admitted(3, "GET /proxy/api/ordersmore");
}

TEST_F(LimitsTest, EachKeyHasACounterOfItsOwn) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream, {.is_public = false});
  given_quota("mine", "match: {key: \"*\"}, limit: {unit: requests, amount: 2, per_ms: 60000}");
  given_administrator();
  const Tokens administrator = control().log_in_as_administrator();
  for (int key = 0; key < 3; ++key) {
    const std::string field = api_key_field(control().make_key(administrator.access).text);
    expect_admitted(2, "GET /proxy/api/x", field);
    expect_refused("GET /proxy/api/x", field);
  }
}

TEST_F(LimitsTest, TheDefaultLimitIsToldWhenItRefuses) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_setting("DEFAULT_RATE_LIMIT", "2");
  call("GET /proxy/api/x");
  expect_status(200);
  EXPECT_FALSE(last().has("RateLimit"));
  bool refused = false;
  for (int i = 0; i < 200 && !refused; ++i) refused = call("GET /proxy/api/x").status() == 429;
  ASSERT_TRUE(refused);
  EXPECT_TRUE(last().has("RateLimit"));
  EXPECT_EQ(last().field("Retry-After"), "1");
}

TEST_F(LimitsTest, WhatCanNeverPassIsTold) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream, {.more = "call_rules: [{path: /heavy, weight: 50}]"});
  given_quota("weight", "match: {api: api}, limit: {unit: weight, amount: 10, per_ms: 60000}");
  call("GET /proxy/api/heavy");
  expect_status(400);
  expect_problem("cost_above_limit");
  EXPECT_THAT(last().body, HasSubstr("the call costs 50, and the limit 'weight' is 10"));
  EXPECT_FALSE(last().has("Retry-After"));
  expect_admitted(10, "GET /proxy/api/light");
}

TEST_F(LimitsTest, ACallInLineIsServedWhenItsTurnComes) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("slow",
              "match: {api: api}, on_exceed: queue, queue: {max_wait_ms: 5000}, "
              "limit: {unit: requests, amount: 10, per_ms: 1000, burst: 1}");
  gateway();
  const auto taken = time_of([this] { expect_admitted(4, "GET /proxy/api/x"); });
  EXPECT_GE(taken, milliseconds(250));
  EXPECT_LT(taken, milliseconds(2'000));
}

TEST_F(LimitsTest, ACallThatWouldWaitTooLongIsRefused) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("slow",
              "match: {api: api}, on_exceed: queue, queue: {max_wait_ms: 100}, "
              "limit: {unit: requests, amount: 1, per_ms: 60000}");
  expect_admitted(1, "GET /proxy/api/x");
  expect_refused("GET /proxy/api/x");
}

TEST_F(LimitsTest, APlaceComesBackHoweverACallEnds) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (const auto request = connection.next_request()) {
      const std::string target = request->target();
      if (target == "/hang") {
        connection.read_to_end();
        return;
      }
      if (target == "/break") {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of");
        return;
      }
      connection.send(reply(200, "done"));
    }
  });
  given_api("api", upstream, {.upstream = "timeout_ms: 300, retry: {attempts: 1}"});
  given_quota("one-at-once", "match: {api: api}, limit: {unit: concurrent, amount: 1}");
  expect_admitted(3, "GET /proxy/api/ok");
  {
    RawClient leaving = connect();
    leaving.send(request("GET /proxy/api/hang"));
    ASSERT_TRUE(upstream.wait_for_requests(4));
    expect_refused("GET /proxy/api/ok");
  }
  EXPECT_TRUE(admits_soon("GET /proxy/api/ok")) << "after its caller has gone";
  call("GET /proxy/api/hang");
  expect_status(504);
  EXPECT_TRUE(admits_soon("GET /proxy/api/ok")) << "after it has timed out";
  {
    RawClient cut = connect();
    cut.send(request("GET /proxy/api/break"));
    cut.read_all();
  }
  EXPECT_TRUE(admits_soon("GET /proxy/api/ok")) << "after its reply was cut";
}

TEST_F(LimitsTest, TokensThatWereNotUsedComeBack) {
  const std::string json = "Content-Type: application/json\r\n";
  FakeUpstream upstream(FakeUpstream::answering([&](const HttpMessage& request) {
    if (request.target() == "/stream") {
      return reply(200, "data: {\"n\":1}\n\ndata: {\"usage\":{\"total\":10}}\n\ndata: [DONE]\n\n",
                   "Content-Type: text/event-stream\r\n");
    }
    return reply(200, R"({"usage": {"total": 10}})", json);
  }));
  given_api("chat", upstream,
            {.more = "call_rules: [{path: /, tokens: 60, settle_tokens: /usage/total}]"});
  given_quota("tokens", "match: {api: chat}, limit: {unit: tokens, amount: 100, per_ms: 3600000}");
  expect_admitted(2, "POST /proxy/chat/json");
  expect_admitted(2, "POST /proxy/chat/stream");
  expect_admitted(1, "POST /proxy/chat/json");  // 50 are used, and 60 would be reserved
  expect_refused("POST /proxy/chat/json");
}

// A call that reserved nothing was admitted for ever.
TEST_F(LimitsTest, TokensThatWereNotReservedAreCountedToo) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage&) {
    return reply(200, R"({"usage": {"total": 10}})", std::string(kJson));
  }));
  given_api("chat", upstream, {.more = "call_rules: [{path: /, settle_tokens: /usage/total}]"});
  given_quota("tokens", "match: {api: chat}, limit: {unit: tokens, amount: 20, per_ms: 3600000}");
  expect_admitted(2, "POST /proxy/chat/json");
  expect_refused("POST /proxy/chat/json");
}

// The caller chose the coding of a reply, and with it whether its tokens were counted.
TEST_F(LimitsTest, TokensAreCountedWhateverCodingTheCallerTakes) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    if (request.field("Accept-Encoding").find("gzip") != std::string::npos) {
      return reply(200, "what gzip made of it", "Content-Encoding: gzip\r\n");
    }
    return reply(200, R"({"usage": {"total": 90}})", std::string(kJson));
  }));
  given_api("chat", upstream,
            {.more = "call_rules: [{path: /, tokens: 60, settle_tokens: /usage/total}]"});
  given_quota("tokens", "match: {api: chat}, limit: {unit: tokens, amount: 100, per_ms: 3600000}");
  const std::string_view gzip = "Accept-Encoding: gzip\r\n";
  expect_admitted(1, "POST /proxy/chat/json", gzip);
  EXPECT_EQ(upstream.last_request().field("Accept-Encoding"), "identity");
  expect_refused("POST /proxy/chat/json", gzip);
}

// So did one who asked for a part of the reply.
TEST_F(LimitsTest, TokensAreCountedWhateverPartOfTheReplyTheCallerWants) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    if (request.has("Range")) {
      return reply(206, R"({"usage":)", std::string(kJson) + "Content-Range: bytes 0-8/24\r\n");
    }
    return reply(200, R"({"usage": {"total": 90}})", std::string(kJson));
  }));
  given_api("chat", upstream,
            {.more = "call_rules: [{path: /, tokens: 60, settle_tokens: /usage/total}]"});
  given_quota("tokens", "match: {api: chat}, limit: {unit: tokens, amount: 100, per_ms: 3600000}");
  const std::string_view part = "Range: bytes=0-8\r\nIf-Range: \"1\"\r\n";
  expect_admitted(1, "GET /proxy/chat/json", part);
  EXPECT_FALSE(upstream.last_request().has("If-Range"));
  expect_refused("GET /proxy/chat/json", part);
}

TEST_F(LimitsTest, AReplyThatDoesNotTellItsTokensIsChargedAsReserved) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage&) {
    return reply(200, "what gzip made of it", "Content-Encoding: gzip\r\n");
  }));
  given_api("chat", upstream,
            {.more = "call_rules: [{path: /, tokens: 40, settle_tokens: /usage/total}]"});
  given_quota("tokens", "match: {api: chat}, limit: {unit: tokens, amount: 100, per_ms: 3600000}");
  expect_admitted(2, "POST /proxy/chat/json");
  expect_refused("POST /proxy/chat/json");
  EXPECT_THAT(call("GET /metrics").body,
              HasSubstr("apiforge_usage_unknown_total{api=\"chat\",version=\"v1\"} 2"));
}

// Of a hedged pair only the attempt that counts was asked whether an upstream had seen it.
TEST_F(LimitsTest, ACallThatOnlyItsSecondAttemptBroughtToAnUpstreamIsCharged) {
  FakeUpstream silent([](UpstreamConnection& connection) { connection.read_to_end(); });
  FakeUpstream breaking([](UpstreamConnection& connection) { connection.next_request(); });
  const ApiText hedged{.upstream =
                           "balancing: round_robin, connect_timeout_ms: 300, "
                           "retry: {attempts: 1}, hedge: {after_ms: 40, percent: 100}"};
  // The TLS handshake of the first takes until the second has broken.
  given_api("one", {silent.url("https"), breaking.url()}, hedged);
  given_api("two", {breaking.url(), silent.url("https")}, hedged);
  for (const std::string api : {"one", "two"}) {
    given_quota("of-" + api,
                "match: {api: " + api + "}, limit: {unit: requests, amount: 1, per_ms: 3600000}");
  }
  for (const std::string api : {"one", "two"}) {
    call("GET /proxy/" + api + "/x");
    EXPECT_GE(last().status(), 502);
    expect_refused("GET /proxy/" + api + "/x");
  }
  EXPECT_EQ(breaking.requests().size(), 2U);
}

TEST_F(LimitsTest, AReplyOfTheCacheIsChargedAndItsTokensAreNot) {
  FakeUpstream upstream(FakeUpstream::answering(
      [](const HttpMessage&) { return reply(200, "kept", "Cache-Control: max-age=600\r\n"); }));
  given_api("api", upstream,
            {.more = "cache: {default_ttl_ms: 60000}, call_rules: [{path: /, tokens: 40}]"});
  given_quota("calls", "match: {api: api}, limit: {unit: requests, amount: 5, per_ms: 60000}");
  given_quota("tokens", "match: {api: api}, limit: {unit: tokens, amount: 80, per_ms: 3600000}");
  expect_admitted(5, "GET /proxy/api/x");
  EXPECT_EQ(upstream.requests().size(), 1U);
  expect_refused("GET /proxy/api/x");
  EXPECT_THAT(last().body, HasSubstr("\"calls\""));
}

TEST_F(LimitsTest, TheMetricsAndTheLogTellOfIt) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  given_quota("one", "match: {api: api}, limit: {unit: requests, amount: 1, per_ms: 60000}");
  expect_admitted(1, "GET /proxy/api/x");
  expect_refused("GET /proxy/api/x");
  const std::string page = call("GET /metrics").body;
  EXPECT_THAT(page, HasSubstr("apiforge_limited_total{api=\"api\",version=\"v1\"} 1"));
  EXPECT_THAT(page, Not(HasSubstr("apiforge_degraded_total{api=\"api\",version=\"v1\"} 1")));
}

}  // namespace
}  // namespace apiforge::testing_support
