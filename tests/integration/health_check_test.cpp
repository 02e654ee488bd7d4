// Active health checks: who is checked and how, what that does to calls, and how an endpoint comes
// back.
#include <atomic>
#include <csignal>

#include "support/certificates.hpp"
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr std::string_view kCheck =
    "health_check: {path: /ping, interval_ms: 100, timeout_ms: 2000, healthy: 2, unhealthy: 2}";

/// An upstream that answers calls with its name, and checks with a status that can be changed.
class CheckedUpstream {
 public:
  explicit CheckedUpstream(std::string name, SSL_CTX* tls = nullptr)
      : upstream_(FakeUpstream::answering([name, health = health_](const HttpMessage& request) {
                    if (request.target() == "/ping") return reply(health->load());
                    return reply(200, name);
                  }),
                  tls) {}
  void turns(int status) { health_->store(status); }
  FakeUpstream& operator*() { return upstream_; }
  FakeUpstream* operator->() { return &upstream_; }

 private:
  std::shared_ptr<std::atomic<int>> health_ = std::make_shared<std::atomic<int>>(200);
  FakeUpstream upstream_;
};

class HealthCheckTest : public GatewayTest {
 protected:
  void given_checked_api(const std::vector<std::string>& urls, const std::string& more = {}) {
    given_api("shop", urls, {.upstream = std::string(kCheck) + (more.empty() ? "" : ", ") + more});
  }
  /// How many of `calls` calls the upstream of that name answered.
  int answered_by(std::string_view name, int calls) {
    int count = 0;
    for (int i = 0; i < calls; ++i) {
      count += call("GET /proxy/shop/x").body == name ? 1 : 0;
      expect_status(200);
    }
    return count;
  }
  void await_down() { ASSERT_TRUE(gateway().log_comes_to_have("an endpoint is down")); }
  void await_up() { ASSERT_TRUE(gateway().log_comes_to_have("an endpoint is up")); }
};

TEST_F(HealthCheckTest, ChecksAskForThePathWithTheHostOfTheEndpoint) {
  CheckedUpstream upstream("a");
  given_checked_api({upstream->url()});
  gateway();
  ASSERT_TRUE(upstream->wait_for_requests(2)) << "without any call";
  EXPECT_EQ(upstream->last_request().start_line, "GET /ping HTTP/1.1");
  EXPECT_EQ(upstream->last_request().field("Host"),
            "127.0.0.1:" + std::to_string(upstream->port()));
  EXPECT_EQ(upstream->last_request().field("User-Agent"), "apiforge-health-check");
}

TEST_F(HealthCheckTest, AnEndpointThatFailsItsChecksGetsNoCallsUntilItsChecksSucceed) {
  CheckedUpstream a("a");
  CheckedUpstream b("b");
  given_checked_api({a->url(), b->url()}, "balancing: round_robin");
  EXPECT_EQ(answered_by("a", 20), 10);
  a.turns(503);
  await_down();
  EXPECT_EQ(answered_by("b", 20), 20);
  const std::string health = call("GET /health").body;
  EXPECT_NE(health.find(R"("upstreams":{"status":"degraded")"), std::string::npos) << health;
  a.turns(200);
  await_up();
  EXPECT_EQ(answered_by("a", 20), 10);
}

TEST_F(HealthCheckTest, OneFailureAmongSuccessesChangesNothing) {
  std::atomic<int> checks = 0;
  FakeUpstream upstream(FakeUpstream::answering(
      [&](const HttpMessage&) { return reply(++checks % 2 == 0 ? 500 : 200); }));
  given_checked_api({upstream.url()});
  gateway();
  ASSERT_TRUE(upstream.wait_for_requests(8));
  EXPECT_EQ(gateway().log().find("an endpoint is down"), std::string::npos);
}

TEST_F(HealthCheckTest, ATcpCheckWantsAConnectionAndSendsNothing) {
  std::atomic<std::size_t> bytes = 0;
  auto upstream = std::make_unique<FakeUpstream>([&](UpstreamConnection& connection) {
    if (connection.next_head()) ++bytes;
  });
  given_api("shop", {upstream->url()},
            {.upstream = "health_check: {kind: tcp, interval_ms: 100, unhealthy: 2}"});
  gateway();
  ASSERT_TRUE(upstream->wait_for_ended_scripts(3));
  EXPECT_EQ(bytes, 0u);
  EXPECT_EQ(gateway().log().find("an endpoint is down"), std::string::npos);
  upstream.reset();
  await_down();
}

TEST_F(HealthCheckTest, ChecksUseTheTlsSettingsOfTheApi) {
  CertificateAuthority authority(folder(), "authority");
  const TlsContext tls = server_context(authority.issue("inner.test", "upstream"));
  CheckedUpstream upstream("a", tls.get());
  given_checked_api({upstream->url("https")},
                    "tls: {server_name: inner.test, ca: " + authority.file() + "}");
  gateway();
  ASSERT_TRUE(upstream->wait_for_requests(3));
  EXPECT_EQ(upstream->last_request().target(), "/ping");
  EXPECT_EQ(gateway().log().find("an endpoint is down"), std::string::npos);
}

TEST_F(HealthCheckTest, AnUpstreamThatIsNotBelievedIsDown) {
  CertificateAuthority authority(folder(), "authority");
  const TlsContext tls = server_context(authority.issue("inner.test", "upstream"));
  CheckedUpstream upstream("a", tls.get());
  given_checked_api({upstream->url("https")}, "tls: {server_name: inner.test}");
  await_down();
  EXPECT_TRUE(upstream->requests().empty());
  call("GET /health");
  expect_status(200);  // the node has other Apis to serve
  EXPECT_NE(last().body.find(R"("upstreams":{"status":"down")"), std::string::npos);
}

// The wall around private networks holds for checks as for calls.
TEST_F(HealthCheckTest, AForbiddenAddressIsNeverConnectedTo) {
  CheckedUpstream upstream("a");
  given_setting("UPSTREAM_ALLOW_CIDRS", "10.0.0.0/8");
  given_checked_api({upstream->url()});
  await_down();
  EXPECT_EQ(upstream->connections(), 0u);
}

TEST_F(HealthCheckTest, AnEndpointThatCameBackGetsItsShareLittleByLittle) {
  CheckedUpstream a("a");
  CheckedUpstream b("b");
  given_checked_api({a->url(), b->url()}, "balancing: weighted_round_robin, slow_start_ms: 600000");
  EXPECT_EQ(answered_by("b", 40), 20) << "at the start nobody is new";
  b.turns(500);
  await_down();
  EXPECT_EQ(answered_by("b", 40), 0);
  b.turns(200);
  await_up();
  EXPECT_NEAR(answered_by("b", 110), 10, 3);
}

TEST_F(HealthCheckTest, AReloadKeepsWhatIsKnown) {
  CheckedUpstream a("a");
  CheckedUpstream b("b");
  given_checked_api({a->url(), b->url()}, "balancing: round_robin");
  answered_by("a", 1);
  a.turns(503);
  await_down();
  std::string text = configuration();
  text.insert(text.find("access:"), "description: changed, ");
  folder().write("apiforge.yaml", text);
  gateway().signal(SIGHUP);
  ASSERT_TRUE(gateway().log_comes_to_have("configuration reloaded"));
  EXPECT_EQ(answered_by("b", 20), 20);
  a.turns(200);
  await_up();
  EXPECT_EQ(answered_by("a", 20), 10);
}

TEST_F(HealthCheckTest, WithAllEndpointsDownCallsGoToAllOfThem) {
  CheckedUpstream a("a");
  given_checked_api({a->url()});
  gateway();
  a.turns(503);
  await_down();
  EXPECT_EQ(answered_by("a", 5), 5);
}

TEST_F(HealthCheckTest, WithoutPanicCallsAreRefusedUntilTheEndpointIsBack) {
  CheckedUpstream a("a");
  given_checked_api({a->url()}, "panic_percent: 0");
  EXPECT_EQ(answered_by("a", 5), 5);
  a.turns(503);
  await_down();
  call("GET /proxy/shop/x");
  expect_status(503);
  expect_problem("no_endpoint");
  a.turns(200);
  await_up();
  EXPECT_EQ(answered_by("a", 5), 5);
}

}  // namespace
}  // namespace apiforge::testing_support
