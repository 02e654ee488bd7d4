#include "gateway/health_checker.hpp"

#include <map>

#include "gateway/gateway_fixture.hpp"
#include "net/loopback_fixture.hpp"

namespace apiforge::gateway {
namespace {

using net::RawServer;
using net::RawSocket;
using std::chrono::milliseconds;
using std::chrono::seconds;

class HealthCheckerTest : public net::LoopbackTest {
 protected:
  HealthCheckerTest() {
    api_.name = "shop";
    api_.upstream.health_check = model::HealthCheck{.path = "/ping",
                                                    .interval = seconds(5),
                                                    .timeout = seconds(2),
                                                    .healthy = 2,
                                                    .unhealthy = 3};
  }
  // Before the loop runs out, or checks would begin for ever.
  void TearDown() override {
    checker_.stop();
    LoopbackTest::TearDown();
  }

  model::HealthCheck& check() { return *api_.upstream.health_check; }
  std::string url(std::string_view path = {}) const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + std::string(path);
  }
  void given_endpoint(const std::string& url) { api_.upstream.endpoints.push_back({url, 1, {}}); }

  /// Puts the Api in force as it is now.
  void configure() {
    const std::vector<ConnectorEntry> connectors = {{"http", make_plain}};
    model::Configuration configuration;
    configuration.apis = {api_};
    auto snapshot = compile_snapshot(catalogue_of(configuration), connectors, snapshot_.get());
    ASSERT_TRUE(snapshot) << snapshot.error().detail;
    snapshot_ = *std::move(snapshot);
    checker_.configure(snapshot_);
  }
  const EndpointHealth& health(std::size_t endpoint = 0) const {
    return *snapshot_->apis[0]->endpoints[endpoint].health;
  }

  /// The next check that arrives; null when none does.
  std::unique_ptr<RawSocket> next_check() {
    settle();
    return server_.accept();
  }
  void expect_no_check() { EXPECT_EQ(next_check(), nullptr); }
  /// Lets an interval with its jitter pass and answers the check that has come with `status`.
  void answer(int status) {
    pass(milliseconds(5'520));
    std::unique_ptr<RawSocket> peer;
    ASSERT_TRUE(becomes([&] { return (peer = server_.accept()) != nullptr; }));
    ASSERT_TRUE(becomes([&] { return peer->received().ends_with("\r\n\r\n"); }));
    last_request_ = peer->received();
    peer->send("HTTP/1.1 " + std::to_string(status) + " Some\r\nContent-Length: 100000\r\n\r\n");
    ASSERT_TRUE(becomes([&] { return peer->ended(); })) << "nobody waits for the body";
    settle();
  }
  void answer(int status, int times) {
    for (int i = 0; i < times; ++i) answer(status);
  }

  RawServer server_;
  model::Api api_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::string> changes_;
  bool allowed_ = true;
  std::string last_request_;
  HealthChecker checker_{loop, [this](const std::string&) { return allowed_; },
                         [this](const HealthChange& change) {
                           changes_.push_back(std::string(change.api) + "@" +
                                              std::string(change.version) +
                                              (change.up ? " up " : " down ") + change.reason);
                         }};
};

TEST_F(HealthCheckerTest, a_new_endpoint_is_up_and_checked_at_once) {
  given_endpoint(url());
  configure();
  EXPECT_TRUE(health().is_up());
  pass(net::TimerWheel::kTick);
  EXPECT_NE(next_check(), nullptr);
}

TEST_F(HealthCheckerTest, asks_for_the_path_behind_the_prefix) {
  given_endpoint(url("/base"));
  configure();
  answer(204);
  EXPECT_TRUE(last_request_.starts_with(
      "GET /base/ping HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_.port()) + "\r\n"));
  EXPECT_NE(last_request_.find("User-Agent: apiforge-health-check\r\n"), std::string::npos);
  EXPECT_TRUE(health().is_up());
}

TEST_F(HealthCheckerTest, takes_an_endpoint_out_and_brings_it_back) {
  given_endpoint(url());
  configure();
  answer(500, 2);
  EXPECT_TRUE(health().is_up());
  answer(500);
  EXPECT_FALSE(health().is_up());
  EXPECT_EQ(checker_.counts().down, 1u);
  const MonotonicTime down_since = health().changed_at();
  answer(200);
  EXPECT_FALSE(health().is_up());
  answer(200);
  EXPECT_TRUE(health().is_up());
  EXPECT_GT(health().changed_at(), down_since);
  EXPECT_EQ(changes_, (std::vector<std::string>{"shop@v1 down status 500", "shop@v1 up "}));
}

TEST_F(HealthCheckerTest, no_answer_in_time_is_a_failure) {
  check().unhealthy = 1;
  given_endpoint(url());
  configure();
  pass(milliseconds(20));
  const auto peer = next_check();
  ASSERT_NE(peer, nullptr);
  pass(milliseconds(1'900));
  EXPECT_TRUE(health().is_up());
  pass(milliseconds(200));
  EXPECT_FALSE(health().is_up());
  EXPECT_TRUE(peer->ended());
}

TEST_F(HealthCheckerTest, connecting_is_enough_for_a_check_of_tcp) {
  check().kind = model::HealthCheckKind::Tcp;
  check().unhealthy = 1;
  given_endpoint(url());
  configure();
  pass(milliseconds(20));
  const auto peer = next_check();
  ASSERT_NE(peer, nullptr);
  EXPECT_TRUE(becomes([&] { return peer->ended(); }));
  EXPECT_EQ(peer->received(), "");
  EXPECT_TRUE(health().is_up());
}

// The wall around private networks holds for checks as for calls.
TEST_F(HealthCheckerTest, a_forbidden_address_is_never_connected_to) {
  allowed_ = false;
  given_endpoint(url());
  configure();
  for (int i = 0; i < 4; ++i) {
    pass(milliseconds(5'520));
    expect_no_check();
  }
  EXPECT_FALSE(health().is_up());
}

TEST_F(HealthCheckerTest, an_endpoint_that_stays_keeps_its_state_and_its_next_check) {
  given_endpoint(url());
  configure();
  answer(500, 3);
  ASSERT_FALSE(health().is_up());
  answer(200);
  api_.description = "changed";
  api_.upstream.endpoints[0].weight = 7;
  configure();
  EXPECT_FALSE(health().is_up());
  answer(200);
  EXPECT_TRUE(health().is_up()) << "the success before counts";
  expect_no_check();
}

TEST_F(HealthCheckerTest, a_changed_check_counts_anew_from_the_state_that_was) {
  given_endpoint(url());
  configure();
  answer(500, 3);
  check().path = "/other";
  configure();
  EXPECT_FALSE(health().is_up());
  answer(200);
  EXPECT_TRUE(last_request_.starts_with("GET /other "));
  answer(200);
  EXPECT_TRUE(health().is_up());
}

TEST_F(HealthCheckerTest, what_is_configured_no_longer_is_not_checked) {
  given_endpoint(url());
  configure();
  answer(200);
  api_.upstream.health_check.reset();
  configure();
  pass(seconds(20));
  expect_no_check();
  EXPECT_EQ(checker_.counts().checked, 0u);
}

TEST_F(HealthCheckerTest, a_check_under_way_when_its_endpoint_goes_counts_for_nothing) {
  check().unhealthy = 1;
  given_endpoint(url());
  configure();
  pass(milliseconds(20));
  const auto peer = next_check();
  ASSERT_NE(peer, nullptr);
  const auto old = snapshot_->apis[0]->endpoints[0].health;
  api_.upstream.endpoints[0].url = url("/elsewhere");
  configure();
  peer->send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  settle();
  EXPECT_TRUE(old->is_up());
  EXPECT_TRUE(changes_.empty());
}

TEST_F(HealthCheckerTest, equal_targets_of_an_api_are_checked_once) {
  given_endpoint(url());
  given_endpoint(url());
  configure();
  EXPECT_EQ(checker_.counts().checked, 1u);
  EXPECT_EQ(&health(0), &health(1));
}

TEST_F(HealthCheckerTest, so_many_checks_at_once_and_the_rest_when_these_have_ended) {
  for (std::size_t i = 0; i < HealthChecker::kMaxAtOnce + 8; ++i) {
    given_endpoint(url("/" + std::to_string(i)));
  }
  configure();
  pass(milliseconds(20));
  std::vector<std::unique_ptr<RawSocket>> peers;
  const auto accept_all = [&] {
    settle();
    while (auto peer = server_.accept()) peers.push_back(std::move(peer));
    return peers.size();
  };
  EXPECT_TRUE(becomes([&] { return accept_all() == HealthChecker::kMaxAtOnce; }));
  EXPECT_EQ(accept_all(), HealthChecker::kMaxAtOnce);
  for (std::size_t i = 0; i < 3; ++i) peers[i]->reset();
  EXPECT_TRUE(becomes([&] { return accept_all() == HealthChecker::kMaxAtOnce + 3; }));
  pass(milliseconds(2'100));
  EXPECT_TRUE(becomes([&] { return accept_all() == HealthChecker::kMaxAtOnce + 8; }));
}

TEST_F(HealthCheckerTest, nothing_is_checked_after_stop) {
  given_endpoint(url());
  configure();
  checker_.stop();
  pass(seconds(20));
  expect_no_check();
}

}  // namespace
}  // namespace apiforge::gateway
