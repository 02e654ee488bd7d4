// Versions of an Api: how one is chosen, what replies of an old one say, canaries and mirrors.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class VersionsTest : public GatewayTest {
 protected:
  static FakeUpstream::Script saying(const std::string& text) {
    return FakeUpstream::answering([text](const HttpMessage&) { return reply(200, text); });
  }

  FakeUpstream one_{saying("one")};
  FakeUpstream two_{saying("two")};
};

TEST_F(VersionsTest, ThePathComesBeforeTheFieldAndTheFieldBeforeTheDefault) {
  given_api("api", one_, {.more = "version: v1, default: true"});
  given_api("api", two_, {.more = "version: v2"});
  EXPECT_EQ(call("GET /proxy/api/x").body, "one");
  EXPECT_EQ(call("GET /proxy/api/x", "X-API-Version: v2\r\n").body, "two");
  EXPECT_EQ(call("GET /proxy/api@v2/x").body, "two");
  EXPECT_EQ(call("GET /proxy/api@v1/x", "X-API-Version: v2\r\n").body, "one");
  call("GET /proxy/api/x", "X-API-Version: v7\r\n");
  expect_status(404);
  expect_problem("version_not_found");
  call("GET /proxy/api@v7/x");
  expect_status(404);
  expect_problem("route_not_found");
}

TEST_F(VersionsTest, RoutesOfTheirOwnLeadToVersionsToo) {
  const std::string route = "routes: [{path: /prices}]";
  given_api("api", one_, {.more = "version: v1, default: true, " + route});
  given_api("api", two_, {.more = "version: v2, " + route});
  EXPECT_EQ(call("GET /prices/x").body, "one");
  EXPECT_EQ(call("GET /prices/x", "X-API-Version: v2\r\n").body, "two");
}

TEST_F(VersionsTest, ADeprecatedVersionSaysSo) {
  given_api("api", one_,
            {.more = "deprecation: {since: \"2023-06-30T23:59:59Z\", "
                     "sunset: \"2030-01-02T03:04:05Z\", link: \"https://docs.example/old\"}"});
  const auto& got = call("GET /proxy/api/x");
  EXPECT_EQ(got.field("Deprecation"), "@1688169599");
  EXPECT_EQ(got.field("Sunset"), "Wed, 02 Jan 2030 03:04:05 GMT");
  EXPECT_EQ(got.field("Link"), "<https://docs.example/old>; rel=\"deprecation\"");
}

TEST_F(VersionsTest, ACanaryGetsItsShareOfTheCallersAndEachStaysWithItsVersion) {
  given_setting("TRUSTED_PROXIES", "127.0.0.0/8");
  given_api("api", one_, {.more = "version: v1, default: true, traffic_weight: 75"});
  given_api("api", two_, {.more = "version: v2, traffic_weight: 25"});
  int canary = 0;
  constexpr int kCallers = 400;
  for (int caller = 0; caller < kCallers; ++caller) {
    const std::string from = "X-Forwarded-For: 10.0." + std::to_string(caller / 250) + "." +
                             std::to_string(caller % 250) + "\r\n";
    const std::string first = call("GET /proxy/api/x", from).body;
    EXPECT_EQ(call("GET /proxy/api/x", from).body, first);
    canary += first == "two" ? 1 : 0;
  }
  EXPECT_GT(canary, kCallers * 15 / 100);
  EXPECT_LT(canary, kCallers * 35 / 100);
}

TEST_F(VersionsTest, ReadsAreMirroredAndWritesAreNot) {
  given_api("api", one_, {.more = "version: v1, default: true, mirror: {version: v2}"});
  given_api("api", two_, {.more = "version: v2"});
  EXPECT_EQ(call("GET /proxy/api/a?b=c").body, "one");
  ASSERT_TRUE(two_.wait_for_requests(1));
  EXPECT_EQ(two_.last_request().start_line, "GET /a?b=c HTTP/1.1");
  EXPECT_EQ(call("POST /proxy/api/write", {}, "x").body, "one");
  EXPECT_EQ(call("HEAD /proxy/api/head").status(), 200);
  ASSERT_TRUE(two_.wait_for_requests(2));
  EXPECT_EQ(two_.last_request().start_line, "HEAD /head HTTP/1.1");
}

TEST_F(VersionsTest, AMirrorThatHangsDelaysNobody) {
  FakeUpstream hanging([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("api", one_, {.more = "version: v1, default: true, mirror: {version: v2}"});
  given_api("api", hanging, {.upstream = "timeout_ms: 5000", .more = "version: v2"});
  const auto taken = time_of([this] {
    for (int i = 0; i < 200; ++i) EXPECT_EQ(call("GET /proxy/api/x").body, "one");
  });
  EXPECT_LT(taken, milliseconds(4'000));
  EXPECT_LE(hanging.requests().size(), 128U) << "64 at once on each of two workers";
}

}  // namespace
}  // namespace apiforge::testing_support
