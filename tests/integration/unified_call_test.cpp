// The unified call: the same call as through `/proxy`, wrapped in JSON both ways.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

class UnifiedCallTest : public GatewayTest {
 protected:
  const HttpMessage& wrapped(std::string_view api, std::string_view envelope,
                             std::string_view fields = {}) {
    return call("POST /api/v1/gateway/call/" + std::string(api), std::string(kJson).append(fields),
                envelope);
  }
};

TEST_F(UnifiedCallTest, WrapsTheReplyOfTheUpstream) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage&) {
    return reply(201, R"({"price": 1.10})",
                 "Content-Type: application/json\r\nX-Own: a\r\nX-Own: b\r\n");
  }));
  given_api("prices", upstream, {.more = "version: v3"});
  const auto& got = wrapped("prices", R"({"method":"POST","path":"/quote/%7e?x=1",
      "query":{"q":"a b"},"headers":{"X-Mine":"7"},"body":{"amount": 1.50}})",
                            "X-Request-ID: my-id\r\n");
  expect_status(200);
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_EQ(got.field("X-Request-ID"), "my-id");
  EXPECT_THAT(got.body, StartsWith(R"({"status":201,"headers":{)"));
  EXPECT_THAT(got.body, HasSubstr(R"("X-Own":["a","b"])"));
  EXPECT_THAT(got.body,
              HasSubstr(R"(,"body":{"price": 1.10},"meta":{"api":"prices","version":"v3")"));
  EXPECT_THAT(got.body, HasSubstr(R"("endpoint":")" + upstream.url() + '"'));
  EXPECT_THAT(got.body, HasSubstr(R"("attempts":1,"cached":false,"latency_ms":)"));
  EXPECT_THAT(got.body, HasSubstr(R"("request_id":"my-id")"));
  const HttpMessage seen = upstream.last_request();
  EXPECT_EQ(seen.start_line, "POST /quote/~?x=1&q=a%20b HTTP/1.1");
  EXPECT_EQ(seen.body, R"({"amount": 1.50})");
  EXPECT_EQ(seen.field("Content-Type"), "application/json");
  EXPECT_EQ(seen.field("X-Mine"), "7");
  EXPECT_EQ(seen.field("X-Request-ID"), "my-id");
}

TEST_F(UnifiedCallTest, ShowsTextsBytesAndNothing) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    if (request.target() == "/text")
      return reply(200, "say \"hi\"", "Content-Type: text/plain\r\n");
    if (request.target() == "/bytes") return reply(200, std::string("\xFF\x00", 2));
    return reply(204);
  }));
  given_api("api", upstream);
  EXPECT_THAT(wrapped("api", R"({"path":"/text"})").body, HasSubstr(R"("body":"say \"hi\"")"));
  EXPECT_THAT(wrapped("api", R"({"path":"/bytes"})").body,
              HasSubstr(R"("body":{"base64":"/wA="})"));
  EXPECT_THAT(wrapped("api", "{}").body, HasSubstr(R"("status":204)"));
  EXPECT_THAT(last().body, HasSubstr(R"("body":null)"));
  EXPECT_THAT(wrapped("api", R"({"method":"HEAD","path":"/text"})").body,
              HasSubstr(R"("body":null)"));
  expect_status(200);
}

TEST_F(UnifiedCallTest, AnErrorOfTheUpstreamIsItsReplyAndOneOfOursAProblem) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage&) { return reply(404, "nothing"); }));
  given_api("api", upstream);
  given_api("dead", {FakeUpstream([](UpstreamConnection&) {}).url()});
  EXPECT_THAT(wrapped("api", "{}").body, StartsWith(R"({"status":404)"));
  expect_status(200);
  wrapped("dead", "{}");
  expect_status(502);
  expect_problem("upstream_connect_failed");
  wrapped("unknown", "{}");
  expect_status(404);
  expect_problem("not_found");
}

TEST_F(UnifiedCallTest, FaultsOfTheEnvelopeAreToldWithTheirPlaces) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  wrapped("api", R"({"verison":"v1","query":[],"path":"/a/../../b"})");
  expect_status(422);
  expect_problem("invalid_body");
  EXPECT_THAT(last().body, HasSubstr(R"("pointer":"/verison")"));
  EXPECT_THAT(last().body, HasSubstr(R"("pointer":"/query")"));
  wrapped("api", R"({"path":"/a/../../b"})");
  expect_status(422);
  EXPECT_THAT(last().body, HasSubstr(R"("pointer":"/path")"));
  wrapped("api", R"({"headers":{"A":"b\r\nX: y"}})");
  expect_status(422);
  wrapped("api", "{");
  expect_status(400);
  expect_problem("malformed_request");
  call("GET /api/v1/gateway/call/api");
  expect_status(405);
  EXPECT_EQ(last().field("Allow"), "POST");
  call("POST /api/v1/gateway/call/api", "Content-Type: text/plain\r\n", "{}");
  expect_status(415);
  EXPECT_TRUE(upstream.requests().empty());
}

TEST_F(UnifiedCallTest, NeedsTheSameRightsAndKeepsTheCredentialToItself) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("closed", upstream, {.is_public = false});
  given_api("open", upstream);
  wrapped("closed", "{}");
  expect_status(401);
  expect_problem("authentication_required");
  wrapped("open", R"({"headers":{"Authorization":"Bearer for-the-upstream","X-API-Key":"afk_x",
                      "Host":"elsewhere","Content-Length":"7","Connection":"x-a","X-A":"1"}})");
  expect_status(200);
  const HttpMessage seen = upstream.last_request();
  EXPECT_EQ(seen.field("Authorization"), "Bearer for-the-upstream");
  EXPECT_FALSE(seen.has("X-API-Key"));
  EXPECT_FALSE(seen.has("Connection"));
  EXPECT_NE(seen.field("Host"), "elsewhere");
}

TEST_F(UnifiedCallTest, HasADeadlineOfItsOwn) {
  FakeUpstream silent([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("slow", silent);
  const auto taken = time_of([this] { wrapped("slow", R"({"timeout_ms":150})"); });
  expect_status(504);
  expect_problem("upstream_timeout");
  EXPECT_LT(taken, milliseconds(2'000));
}

TEST_F(UnifiedCallTest, ChoosesTheVersion) {
  FakeUpstream one(FakeUpstream::answering([](const HttpMessage&) { return reply(200, "one"); }));
  FakeUpstream two(FakeUpstream::answering([](const HttpMessage&) { return reply(200, "two"); }));
  given_api("api", one, {.more = "version: v1, default: true"});
  given_api("api", two, {.more = "version: v2"});
  EXPECT_THAT(wrapped("api", "{}").body, HasSubstr(R"("body":"one")"));
  EXPECT_THAT(wrapped("api", R"({"version":"v2"})").body, HasSubstr(R"("body":"two")"));
  EXPECT_THAT(wrapped("api", "{}", "X-API-Version: v2\r\n").body, HasSubstr(R"("body":"two")"));
  wrapped("api", R"({"version":"v9"})");
  expect_status(404);
  expect_problem("version_not_found");
}

TEST_F(UnifiedCallTest, KeepsItsConnectionOverManyCalls) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("api", upstream);
  for (int i = 0; i < 20; ++i) {
    wrapped("api", R"({"path":"/x"})");
    expect_status(200);
    call("GET /proxy/api/x");
    expect_status(200);
  }
}

}  // namespace
}  // namespace apiforge::testing_support
