// What callers get in the place of an answer of the upstream, when a limit, a breaker or shedding
// keeps them from it.
#include <gmock/gmock.h>

#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

class DegradationTest : public GatewayTest {
 protected:
  /// A quota for one call, whose further calls are degraded.
  void given_one_call(const std::string& api) {
    given_quota("one-of-" + api, "match: {api: " + api +
                                     "}, on_exceed: degrade, "
                                     "limit: {unit: requests, amount: 1, per_ms: 600000}");
  }
};

TEST_F(DegradationTest, AStaticReplySaysThatItIsPartial) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream,
            {.more = "fallback: [{kind: reply, partial: true, status: 200, body: \"less\"}]"});
  given_one_call("api");
  call("GET /proxy/api/x");
  EXPECT_FALSE(last().has("X-Fallback"));
  call("GET /proxy/api/x");
  expect_status(200);
  EXPECT_EQ(last().body, "less");
  EXPECT_EQ(last().field("X-Fallback"), "reply;partial");
  EXPECT_THAT(last().field("RateLimit"), HasSubstr("r=0"));
  EXPECT_EQ(upstream.requests().size(), 1U);
  const std::string page = call("GET /metrics").body;
  EXPECT_THAT(page, HasSubstr("apiforge_degraded_total{api=\"api\",version=\"v1\"} 1"));
}

TEST_F(DegradationTest, AnotherApiAnswersAndItsLimitsAreNotCharged) {
  FakeUpstream upstream(FakeUpstream::echoing());
  FakeUpstream other(
      FakeUpstream::answering([](const HttpMessage&) { return reply(200, "other"); }));
  given_api("other", other);
  given_quota("of-other",
              "match: {api: other}, limit: {unit: requests, amount: 1, per_ms: 600000}");
  given_api("api", upstream, {.more = "fallback: [{kind: api, api: other}]"});
  given_one_call("api");
  call("GET /proxy/api/x");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(call("GET /proxy/api/x").body, "other");
    EXPECT_EQ(last().field("X-Fallback"), "api:other");
  }
  EXPECT_EQ(upstream.requests().size(), 1U);
  call("GET /proxy/other/x");
  expect_status(200);
}

// The Api that was asked was charged for what another one did.
TEST_F(DegradationTest, AnApiThatNeverSawTheCallIsNotChargedForIt) {
  const std::string refusing = FakeUpstream([](UpstreamConnection&) {}).url();
  FakeUpstream failing(
      FakeUpstream::answering([](const HttpMessage&) { return reply(500, "no"); }));
  FakeUpstream other(FakeUpstream::echoing());
  given_api("other", other);
  for (const auto& [name, url] : {std::pair{"down", refusing}, {"failing", failing.url()}}) {
    given_api(name, {url},
              {.upstream = "retry: {attempts: 1}",
               .more = "fallback: [{kind: api, api: other, on: [connect, 5xx]}]"});
    given_quota(std::string("of-") + name,
                std::string("match: {api: ") + name +
                    "}, limit: {unit: requests, amount: 1, per_ms: 600000}");
  }
  for (int i = 0; i < 3; ++i) {
    call("GET /proxy/down/x");
    expect_status(200);
    EXPECT_EQ(last().field("X-Fallback"), "api:other");
  }
  call("GET /proxy/failing/x");
  expect_status(200);
  call("GET /proxy/failing/x");
  expect_status(429);
}

TEST_F(DegradationTest, AnUpstreamThatTakesTooLongToConnectIsFallenBackFrom) {
  FakeUpstream silent([](UpstreamConnection& connection) { connection.read_to_end(); });
  for (const std::string on : {"connect", "timeout"}) {
    given_api("on-" + on, {silent.url("https")},
              {.upstream = "connect_timeout_ms: 50, retry: {attempts: 1}",
               .more = "fallback: [{kind: reply, on: [" + on + "], body: \"instead\"}]"});
  }
  for (const std::string on : {"connect", "timeout"}) {
    call("GET /proxy/on-" + on + "/x");
    expect_status(200);
    EXPECT_EQ(last().body, "instead");
    EXPECT_EQ(last().field("X-Fallback"), "reply");
  }
}

TEST_F(DegradationTest, AFreshReplyOfTheCacheIsAsGoodAsEver) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(200, "kept"); }));
  given_api("api", upstream, {.more = "cache: {default_ttl_ms: 60000}"});
  given_one_call("api");
  call("GET /proxy/api/x");
  call("GET /proxy/api/x");
  expect_status(200);
  EXPECT_EQ(last().body, "kept");
  EXPECT_THAT(last().field("Cache-Status"), HasSubstr("hit"));
  call("GET /proxy/api/not-kept");
  expect_status(429);
  EXPECT_EQ(upstream.requests().size(), 1U);
}

TEST_F(DegradationTest, AStaleReplyServesWhileTheBreakerIsOpen) {
  std::atomic<bool> is_well = true;
  FakeUpstream upstream(FakeUpstream::answering([&](const HttpMessage&) {
    return is_well ? reply(200, "of yesterday", "Cache-Control: max-age=0\r\nETag: \"1\"\r\n")
                   : reply(500, "no");
  }));
  given_api("api", upstream,
            {.upstream = "retry: {attempts: 1}",
             .more = "cache: {rules: []}, fallback: [{kind: stale_cache, on: [breaker]}]"});
  given_breaker("api", "minimum_calls: 4, open_ms: 60000, failure_rate: 0.5");
  call("GET /proxy/api/x");
  expect_status(200);
  is_well = false;
  for (int i = 0; i < 3; ++i) {
    call("GET /proxy/api/x");
    expect_status(500);
  }
  call("GET /proxy/api/x");
  expect_status(200);
  EXPECT_EQ(last().body, "of yesterday");
  EXPECT_EQ(last().field("X-Fallback"), "stale-cache");
  EXPECT_EQ(upstream.requests().size(), 4U);
}

TEST_F(DegradationTest, WithoutAnAnswerTheRefusalIsTheReply) {
  FakeUpstream upstream(FakeUpstream::echoing());
  FakeUpstream failing(
      FakeUpstream::answering([](const HttpMessage&) { return reply(500, "no"); }));
  given_api("failing", failing);
  given_api("api", upstream, {.more = "fallback: [{kind: api, api: failing}]"});
  given_one_call("api");
  call("GET /proxy/api/x");
  call("GET /proxy/api/x");
  expect_status(429);
  expect_problem("quota_exceeded");
  EXPECT_THAT(last().body, HasSubstr(R"("violated-policies":["one-of-api"])"));
  EXPECT_TRUE(last().has("Retry-After"));
  EXPECT_FALSE(last().has("X-Fallback"));
}

TEST_F(DegradationTest, AStepForOtherFailuresIsNotForThis) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream,
            {.more = "fallback: [{kind: reply, on: [5xx, breaker], body: \"b\"}]"});
  given_one_call("api");
  call("GET /proxy/api/x");
  call("GET /proxy/api/x");
  expect_status(429);
}

TEST_F(DegradationTest, TheBreakerOfTheOtherApiHolds) {
  FakeUpstream upstream(FakeUpstream::echoing());
  FakeUpstream other(FakeUpstream::answering([](const HttpMessage&) { return reply(500, "no"); }));
  given_api("other", other, {.upstream = "retry: {attempts: 1}"});
  given_breaker("other", "minimum_calls: 3, open_ms: 60000");
  given_api("api", upstream,
            {.more = "fallback: [{kind: api, api: other}, {kind: reply, body: \"last\"}]"});
  given_one_call("api");
  call("GET /proxy/api/x");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call("GET /proxy/api/x").body, "last");
  EXPECT_EQ(other.requests().size(), 3U);
}

}  // namespace
}  // namespace apiforge::testing_support
