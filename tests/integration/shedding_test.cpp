// When there is too much to do: who goes first, and who may say so.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

class SheddingTest : public GatewayTest {
 protected:
  SheddingTest() {
    // One worker, whose limit is one call at once: the next is too many.
    given_setting("WORKERS", "1");
    given_administrator();
  }
  void given_full_api(const std::string& more = {}) {
    given_api("api", upstream_,
              {.upstream = "retry: {attempts: 1}, timeout_ms: 20000, "
                           "adaptive_concurrency: {initial: 1, min: 1, max: 1}",
               .more = more});
    holding_.emplace(gateway().port());
    holding_->send(request("GET /proxy/api/hang"));
    ASSERT_TRUE(upstream_.wait_for_requests(1));
  }
  std::string key_field(const std::string& scopes) {
    const Tokens administrator = control().log_in_as_administrator();
    return api_key_field(
        control().make_key(administrator.access, "\"scopes\":[" + scopes + "],").text);
  }
  void expect_shed() {
    expect_status(503);
    expect_problem("load_shed");
    EXPECT_EQ(last().field("Retry-After"), "1");
    EXPECT_THAT(last().body, HasSubstr("#temporary-reduced-capacity"));
  }

  static FakeUpstream::Script script() {
    return [](UpstreamConnection& connection) {
      while (const auto request = connection.next_request()) {
        if (request->target() == "/hang") {
          connection.read_to_end();
          return;
        }
        connection.send(reply(200, "served"));
      }
    };
  }

  FakeUpstream upstream_{script()};
  std::optional<RawClient> holding_;
};

TEST_F(SheddingTest, OneCallTooManyIsShedAtOnce) {
  given_full_api();
  const auto taken = time_of([this] { call("GET /proxy/api/x"); });
  expect_shed();
  EXPECT_LT(taken, milliseconds(500));
  EXPECT_EQ(upstream_.requests().size(), 1U);
  EXPECT_THAT(call("GET /metrics").body,
              HasSubstr("apiforge_shed_total{api=\"api\",version=\"v1\",class=\"data\"} 1"));
  holding_.reset();
  const auto until = TestClock::now() + kPatience;
  while (TestClock::now() < until && call("GET /proxy/api/x").status() != 200) {
  }
  expect_status(200);
}

// One limit held for all endpoints of an Api, and a slow one had the calls of the others shed.
TEST_F(SheddingTest, AFullEndpointLeavesItsCallsToTheOthers) {
  FakeUpstream other(script());
  given_api("api", {upstream_.url(), other.url()},
            {.upstream = "balancing: round_robin, retry: {attempts: 1}, timeout_ms: 20000, "
                         "adaptive_concurrency: {initial: 1, min: 1, max: 1}"});
  RawClient first = connect();
  first.send(request("GET /proxy/api/hang"));
  ASSERT_TRUE(upstream_.wait_for_requests(1)) << "the first in turn";
  for (int i = 0; i < 5; ++i) {
    call("GET /proxy/api/x");
    expect_status(200);
  }
  EXPECT_EQ(other.requests().size(), 5U);
  RawClient second = connect();
  second.send(request("GET /proxy/api/hang"));
  ASSERT_TRUE(other.wait_for_requests(6));
  call("GET /proxy/api/x");
  expect_shed();
}

TEST_F(SheddingTest, TheMostUrgentIsNeverShedWhenItsCallerMaySaySo) {
  given_full_api();
  const std::string urgent = "X-Priority: admin\r\n";
  call("GET /proxy/api/x", urgent);
  expect_shed();
  call("GET /proxy/api/x", urgent + key_field(R"("gateway:call")"));
  expect_shed();
  call("GET /proxy/api/x", urgent + key_field(R"("gateway:call","gateway:priority")"));
  expect_status(200);
  EXPECT_FALSE(upstream_.last_request().has("X-Priority")) << "that is for the gateway alone";
}

TEST_F(SheddingTest, ARuleOfTheApiSaysWhatIsUrgent) {
  given_full_api("call_rules: [{path: /health, priority: admin}]");
  call("GET /proxy/api/x");
  expect_shed();
  call("GET /proxy/api/health");
  expect_status(200);
}

TEST_F(SheddingTest, AFallbackServesThoseWhoAreShed) {
  given_full_api("fallback: [{kind: reply, on: [shed], partial: true, body: \"later\"}]");
  call("GET /proxy/api/x");
  expect_status(200);
  EXPECT_EQ(last().body, "later");
  EXPECT_EQ(last().field("X-Fallback"), "reply;partial");
}

}  // namespace
}  // namespace apiforge::testing_support
