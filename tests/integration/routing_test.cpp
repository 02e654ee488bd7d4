// Routing: which API and which endpoint a request comes to.
#include <map>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

/// Answers every request with `name`.
FakeUpstream::Script named(const std::string& name) {
  return FakeUpstream::answering([name](const HttpMessage&) { return reply(200, name); });
}

/// The same after `time`.
FakeUpstream::Script named_after(const std::string& name, milliseconds time) {
  return [name, time](UpstreamConnection& connection) {
    while (connection.next_request()) {
      std::string nothing;
      connection.stream().receive(nothing, time);
      if (!connection.send(reply(200, name))) return;
    }
  };
}

class RoutingTest : public GatewayTest {};

TEST_F(RoutingTest, ByHost) {
  FakeUpstream one(named("one"));
  FakeUpstream two(named("two"));
  given_api("one", one, {.more = "routes: [{hosts: [one.test], path: /}]"});
  given_api("two", two, {.more = "routes: [{hosts: [\"*.two.test\"], path: /}]"});
  EXPECT_EQ(call("GET /", "Host: one.test\r\n").body, "one");
  EXPECT_EQ(call("GET /", "Host: ONE.test:8000\r\n").body, "one");
  EXPECT_EQ(call("GET /", "Host: a.two.test\r\n").body, "two");
  EXPECT_EQ(call("GET http://one.test/", "Host: a.two.test\r\n").body, "one");
  call("GET /", "Host: three.test\r\n");
  expect_status(404);
}

TEST_F(RoutingTest, ByMethod) {
  FakeUpstream upstream(named("one"));
  given_api("one", upstream, {.more = "routes: [{path: /one, methods: [GET, PUT]}]"});
  EXPECT_EQ(call("GET /one").body, "one");
  call("DELETE /one");
  expect_status(405);
  expect_problem("method_not_allowed");
  EXPECT_NE(last().field("Allow").find("GET"), std::string::npos);
  EXPECT_NE(last().field("Allow").find("PUT"), std::string::npos);
  EXPECT_EQ(last().field("Allow").find("DELETE"), std::string::npos);
}

TEST_F(RoutingTest, ByField) {
  FakeUpstream stable(named("stable"));
  FakeUpstream canary(named("canary"));
  given_api("stable", stable, {.more = "routes: [{path: /x}]"});
  given_api("canary", canary, {.more = "routes: [{path: /x, headers: {X-Canary: \"yes\"}}]"});
  EXPECT_EQ(call("GET /x").body, "stable");
  EXPECT_EQ(call("GET /x", "X-Canary: yes\r\n").body, "canary");
  EXPECT_EQ(call("GET /x", "X-Canary: no\r\n").body, "stable");
}

TEST_F(RoutingTest, ByVersion) {
  FakeUpstream one(named("one"));
  FakeUpstream two(named("two"));
  given_api("api", one, {.more = "version: v1, default: true"});
  given_api("api", two, {.more = "version: v2"});
  EXPECT_EQ(call("GET /proxy/api/x").body, "one");
  EXPECT_EQ(call("GET /proxy/api@v2/x").body, "two");
  EXPECT_EQ(call("GET /proxy/api@v1/x").body, "one");
  EXPECT_EQ(call("GET /proxy/api/x", "X-API-Version: v2\r\n").body, "two");
  call("GET /proxy/api@v3/x");
  expect_status(404);
}

TEST_F(RoutingTest, AnApiThatIsSwitchedOffIsNotThere) {
  FakeUpstream upstream(named("one"));
  given_api("one", upstream, {.more = "enabled: false"});
  call("GET /proxy/one/x");
  expect_status(404);
}

TEST_F(RoutingTest, AnApiThatIsNotPublicNeedsACaller) {
  FakeUpstream upstream(named("one"));
  given_api("one", upstream, {.is_public = false});
  call("GET /proxy/one/x");
  expect_status(401);
  EXPECT_TRUE(last().has("WWW-Authenticate"));
  EXPECT_TRUE(upstream.requests().empty());
}

class BalancingTest : public GatewayTest {
 protected:
  /// How many of `count` calls each of three endpoints, named a, b and c, answers.
  std::map<std::string, int> spread(const std::string& upstream, int count,
                                    milliseconds time = milliseconds(0)) {
    const auto script = [time](const std::string& name) {
      return time.count() > 0 ? named_after(name, time) : named(name);
    };
    FakeUpstream a(script("a"));
    FakeUpstream b(script("b"));
    FakeUpstream c(script("c"));
    given_api("api", {a.url(), b.url(), c.url()}, {.upstream = upstream});
    std::map<std::string, int> answers;
    for (int i = 0; i < count; ++i) ++answers[call("GET /proxy/api/x").body];
    return answers;
  }
};

TEST_F(BalancingTest, RoundRobinIsEven) {
  const auto answers = spread("balancing: round_robin", 90);
  EXPECT_EQ(answers, (std::map<std::string, int>{{"a", 30}, {"b", 30}, {"c", 30}}));
}

TEST_F(BalancingTest, TheDefaultSharesCallsAmongEqualEndpoints) {
  // Of a busy machine's delays, none may be many times what an answer takes.
  const auto answers = spread("balancing: p2c_ewma", 150, milliseconds(10));
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_GE(answers.contains(name) ? answers.at(name) : 0, 150 * 15 / 100) << name;
  }
}

TEST_F(BalancingTest, AHashAlwaysChoosesTheSame) {
  EXPECT_EQ(spread("balancing: consistent_hash, hash_on: path", 30).size(), 1u);
}

TEST_F(BalancingTest, AnEndpointThatFailsIsEjected) {
  FakeUpstream good(named("good"));
  FakeUpstream bad(FakeUpstream::answering([](const HttpMessage&) { return reply(500, "bad"); }));
  given_api("api", {good.url(), bad.url()},
            {.upstream = "balancing: round_robin, ejection: {consecutive_failures: 3}"});
  for (int i = 0; i < 60; ++i) call("GET /proxy/api/x");
  EXPECT_EQ(bad.requests().size(), 3u);
}

}  // namespace
}  // namespace apiforge::testing_support
