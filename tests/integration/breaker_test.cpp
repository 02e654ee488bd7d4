// Circuit breakers between callers and upstreams: what opens them, what a probe does, and what does
// not count.
#include <gmock/gmock.h>

#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

constexpr std::string_view kRule =
    "minimum_calls: 5, open_ms: 300, half_open_calls: 1, window: {type: count, size: 10}";

class BreakerTest : public GatewayTest {
 protected:
  /// An upstream that answers with `status`.
  FakeUpstream::Script healthy_or_not() {
    return FakeUpstream::answering([this](const HttpMessage&) { return reply(status_, "said"); });
  }
  ApiText one_attempt() { return {.upstream = "retry: {attempts: 1}, timeout_ms: 2000"}; }
  void expect_open() {
    expect_status(503);
    expect_problem("breaker_open");
    EXPECT_GE(std::stoi(last().field("Retry-After")), 1);
    EXPECT_THAT(last().body, HasSubstr("#temporary-reduced-capacity"));
  }
  /// Calls until the reply has that status.
  bool comes_to(int status, std::string_view request) {
    const auto until = TestClock::now() + kPatience;
    while (TestClock::now() < until) {
      if (call(request).status() == status) return true;
    }
    return false;
  }

  std::atomic<int> status_{200};
};

TEST_F(BreakerTest, OpensAtTheMinimumOfCallsAndSparesTheUpstream) {
  FakeUpstream upstream(healthy_or_not());
  given_api("api", upstream, one_attempt());
  given_breaker("api", "minimum_calls: 5, open_ms: 60000, window: {type: count, size: 10}");
  status_ = 500;
  for (int i = 0; i < 5; ++i) {
    // The path has a parameter; that makes no breaker of its own.
    call("GET /proxy/api/orders/" + std::to_string(i));
    expect_status(500);
  }
  for (int i = 0; i < 20; ++i) {
    call("GET /proxy/api/orders/" + std::to_string(100 + i));
    expect_open();
  }
  EXPECT_EQ(upstream.requests().size(), 5U);
  EXPECT_THAT(call("GET /metrics").body,
              HasSubstr("apiforge_breaker_rejected_total{api=\"api\",version=\"v1\"} 20"));
}

TEST_F(BreakerTest, ClosesWhenAProbeSucceeds) {
  FakeUpstream upstream(healthy_or_not());
  given_api("api", upstream, one_attempt());
  given_breaker("api", std::string(kRule));
  status_ = 500;
  ASSERT_TRUE(comes_to(503, "GET /proxy/api/x"));
  status_ = 200;
  ASSERT_TRUE(comes_to(200, "GET /proxy/api/x"));
  for (int i = 0; i < 10; ++i) {
    call("GET /proxy/api/x");
    expect_status(200);
  }
}

TEST_F(BreakerTest, OpensAgainWhenAProbeFails) {
  FakeUpstream upstream(healthy_or_not());
  given_api("api", upstream, one_attempt());
  given_breaker("api", std::string(kRule));
  status_ = 500;
  ASSERT_TRUE(comes_to(503, "GET /proxy/api/x"));
  const std::size_t before = upstream.requests().size();
  ASSERT_TRUE(comes_to(500, "GET /proxy/api/x")) << "the probe";
  call("GET /proxy/api/x");
  expect_open();
  EXPECT_EQ(upstream.requests().size(), before + 1);
}

TEST_F(BreakerTest, AnEndpointThatFailsIsLeftOutAndTheOthersServe) {
  FakeUpstream failing(
      FakeUpstream::answering([](const HttpMessage&) { return reply(500, "no"); }));
  FakeUpstream good(FakeUpstream::answering([](const HttpMessage&) { return reply(200, "yes"); }));
  given_api("api", {failing.url(), good.url()},
            {.upstream = "balancing: round_robin, retry: {attempts: 1}, panic_percent: 0, "
                         "ejection: {consecutive_failures: 0, failure_percent: 0}"});
  given_breaker("api", "minimum_calls: 5, open_ms: 60000, window: {type: count, size: 10}");
  int failures = 0;
  for (int i = 0; i < 60; ++i) failures += call("GET /proxy/api/x").status() == 500 ? 1 : 0;
  EXPECT_EQ(failures, 5);
  EXPECT_EQ(failing.requests().size(), 5U);
  EXPECT_EQ(good.requests().size(), 55U);
}

TEST_F(BreakerTest, OfAnApiHoldsForAllItsEndpoints) {
  FakeUpstream first(healthy_or_not());
  FakeUpstream second(healthy_or_not());
  given_api("api", {first.url(), second.url()},
            {.upstream = "retry: {attempts: 1}, ejection: {consecutive_failures: 0}"});
  given_breaker("api", "scope: api, minimum_calls: 6, open_ms: 60000");
  status_ = 502;
  for (int i = 0; i < 6; ++i) call("GET /proxy/api/x");
  expect_status(502);
  call("GET /proxy/api/x");
  expect_open();
  EXPECT_EQ(first.requests().size() + second.requests().size(), 6U);
}

TEST_F(BreakerTest, CallersWhoGoAwayTellNothingOfTheUpstream) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (const auto request = connection.next_request()) {
      if (request->target() == "/hang") {
        connection.read_to_end();
        return;
      }
      connection.send(reply(200, "here"));
    }
  });
  given_api("api", upstream, one_attempt());
  given_breaker("api", "minimum_calls: 3, open_ms: 60000");
  for (std::size_t i = 1; i <= 8; ++i) {
    RawClient leaving = connect();
    leaving.send(request("GET /proxy/api/hang"));
    ASSERT_TRUE(upstream.wait_for_requests(i));
  }
  EXPECT_TRUE(upstream.wait_for_ended_scripts(8));
  call("GET /proxy/api/x");
  expect_status(200);
}

// A caller with a short deadline of its own could have opened the breaker for all others.
TEST_F(BreakerTest, ACallersOwnDeadlineTellsNothingOfTheUpstream) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (const auto request = connection.next_request()) {
      if (request->target() == "/slow") {
        connection.read_to_end();
        return;
      }
      connection.send(reply(200, "here"));
    }
  });
  given_api("api", upstream, one_attempt());
  given_breaker("api", "minimum_calls: 3, open_ms: 60000");
  for (int i = 0; i < 6; ++i) {
    call("POST /api/v1/gateway/call/api", "Content-Type: application/json\r\n",
         R"({"method":"GET","path":"/slow","timeout_ms":40})");
    expect_status(504);
  }
  call("GET /proxy/api/x");
  expect_status(200);
}

// Where callers had deadlines of their own, the timeouts of the Api did not count either.
TEST_F(BreakerTest, ATimeoutOfTheApiCountsThoughTheCallerHasADeadlineToo) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  for (const std::string api : {"silent", "hasty"}) {
    given_api(api, upstream,
              {.upstream = "retry: {attempts: 1}, first_byte_timeout_ms: 50, timeout_ms: 5000"});
    given_breaker(api, "minimum_calls: 2, open_ms: 60000");
  }
  const auto call_within = [this](const std::string& api, const std::string& timeout_ms) {
    call("POST /api/v1/gateway/call/" + api, "Content-Type: application/json\r\n",
         R"({"method":"GET","path":"/x","timeout_ms":)" + timeout_ms + "}");
  };
  for (int i = 0; i < 2; ++i) {
    call_within("silent", "2000");
    expect_status(504);
  }
  call_within("silent", "2000");
  expect_open();
  for (int i = 0; i < 4; ++i) {
    call_within("hasty", "20");
    expect_status(504);
  }
}

// The breaker of an endpoint that was left out for another reason said that it may be tried now.
TEST_F(BreakerTest, RetryAfterIsOfTheBreakersThatRefuse) {
  FakeUpstream limited(
      FakeUpstream::answering([](const HttpMessage&) { return reply(429, "slower"); }));
  FakeUpstream failing(
      FakeUpstream::answering([](const HttpMessage&) { return reply(500, "no"); }));
  given_setting("WORKERS", "1");
  given_api("api", {limited.url(), failing.url()},
            {.upstream = "balancing: round_robin, retry: {attempts: 1}, panic_percent: 0, "
                         "ejection: {consecutive_failures: 1, base_time_ms: 60000}"});
  given_breaker("api", "minimum_calls: 2, open_ms: 30000, counts: [\"429\"]");
  ASSERT_TRUE(comes_to(503, "GET /proxy/api/x"));
  expect_open();
  EXPECT_GE(std::stoi(last().field("Retry-After")), 25);
  EXPECT_EQ(failing.requests().size(), 1U) << "ejected, and its breaker closed";
}

TEST_F(BreakerTest, CountsOnlyWhatItsRuleNames) {
  FakeUpstream upstream(healthy_or_not());
  given_api("api", upstream, one_attempt());
  given_breaker("api", "minimum_calls: 3, open_ms: 60000, counts: [\"429\"]");
  status_ = 500;
  for (int i = 0; i < 10; ++i) {
    call("GET /proxy/api/x");
    expect_status(500);
  }
  status_ = 429;
  ASSERT_TRUE(comes_to(503, "GET /proxy/api/x"));
}

}  // namespace
}  // namespace apiforge::testing_support
