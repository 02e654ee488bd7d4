// ZeroMQ around a whole process: commands that come before it and while another process has its
// ports, what is written down of them, and what is told of the stores.
#include <gmock/gmock.h>

#include <csignal>
#include <zmq.hpp>

#include "support/gateway_fixture.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace apiforge::testing_support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kDone = R"({"ok":true})";
constexpr const char* kOpen = R"({"command":"breaker.open","api":"desk","version":"v1"})";
constexpr const char* kPing = R"({"command":"ping"})";
constexpr milliseconds kZmqPatience{20'000};

/// Another program, with one socket.
class ZmqPeer {
 public:
  ZmqPeer(zmq::socket_type type, std::uint16_t port) : socket_(context_, type) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::reconnect_ivl, 10);
    if (type == zmq::socket_type::sub) socket_.set(zmq::sockopt::subscribe, "");
    socket_.connect("tcp://127.0.0.1:" + std::to_string(port));
  }
  /// A command, with the empty frame before it that a REQ socket would send.
  void send(const std::string& command) {
    socket_.send(zmq::message_t(), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(command), zmq::send_flags::none);
  }
  /// The last frame of the next message; empty when there is none for so long.
  std::string receive(milliseconds patience = kZmqPatience) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame)) return {};
    } while (frame.more());
    return frame.to_string();
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
};

/// A port that was free a moment ago.
std::uint16_t some_port() {
  return FakeUpstream(FakeUpstream::echoing()).port();
}

class GatewayZmqTest : public GatewayTest {
 protected:
  GatewayZmqTest() : events_port_(some_port()), commands_port_(some_port()) {
    given_administrator();
    given_setting("ZMQ_PUBLISHER_PORT", std::to_string(events_port_));
    given_setting("ZMQ_SUBSCRIBER_PORT", std::to_string(commands_port_));
  }
  void given_an_api_with_a_breaker() {
    given_api("desk", upstream_);
    given_breaker("desk", "minimum_calls: 3");
  }
  std::string order(const std::string& command) {
    ZmqPeer peer(zmq::socket_type::dealer, commands_port_);
    peer.send(command);
    return peer.receive();
  }
  /// The reply to the administrator.
  HttpMessage ask(const std::string& request, const std::string& body = {}) {
    if (token_.empty()) token_ = control().log_in_as_administrator().access;
    return control().ask(request, token_, body);
  }
  std::string audit_of(const std::string& action) {
    return ask("GET /api/v1/auth/audit?action=" + action).body;
  }
  /// The next event of that type; empty when there is none.
  static std::string event(ZmqPeer& subscriber, const std::string& type) {
    const auto until = TestClock::now() + kZmqPatience;
    while (TestClock::now() < until) {
      std::string told = subscriber.receive();
      if (told.contains("\"type\":\"" + type + "\"")) return told;
    }
    return {};
  }

  /// What was told before is gone.
  void await_subscription(ZmqPeer& subscriber) {
    do {
      order(kOpen);
      order(R"({"command":"breaker.reset","api":"desk"})");
    } while (subscriber.receive(milliseconds(100)).empty());
  }

  FakeUpstream upstream_{FakeUpstream::echoing()};
  const std::uint16_t events_port_;
  const std::uint16_t commands_port_;

 private:
  std::string token_;
};

// Commands of other programs left no trace, and nobody was named.
TEST_F(GatewayZmqTest, WhatIsOrderedIsInTheAuditLogWithWhoOrderedIt) {
  given_an_api_with_a_breaker();
  gateway();
  EXPECT_EQ(order(kOpen), kDone);
  EXPECT_EQ(call("GET /proxy/desk/x").status(), 503);
  EXPECT_THAT(audit_of("circuit_breaker.open"),
              AllOf(HasSubstr(R"("actor":"zmq:unknown")"), HasSubstr(R"("target":"api:desk")"),
                    HasSubstr(R"("version":"v1")")));
  EXPECT_EQ(order(R"({"command":"reload"})"), kDone);
  EXPECT_THAT(audit_of("configuration.reload"), HasSubstr("zmq:unknown"));
  EXPECT_THAT(order(R"({"command":"breaker.reset","api":"nothing"})"), HasSubstr("not_found"));
  EXPECT_THAT(order(R"({"command":"alerts.silence","rule":"nothing","until":null})"),
              HasSubstr("not_found"));
  EXPECT_THAT(audit_of("circuit_breaker.reset"), Not(HasSubstr("zmq")));
  EXPECT_THAT(audit_of("alert_rule.silence"), Not(HasSubstr("zmq")));
}

// It was in the audit log as done, and answered with `not_found`.
TEST_F(GatewayZmqTest, ADisabledAlertRuleIsNotSilenced) {
  ASSERT_EQ(ask("POST /api/v1/quota/alerts/rules",
                R"({"name":"off","enabled":false,"metric":"error_rate","threshold":1})")
                .status(),
            201);
  EXPECT_THAT(order(R"({"command":"alerts.silence","rule":"off","until":null})"),
              HasSubstr("not_found"));
  EXPECT_THAT(audit_of("alert_rule.silence"), Not(HasSubstr("zmq")));
}

// The intake obeyed before the rest of the process was there.
TEST_F(GatewayZmqTest, CommandsThatWaitForTheProcessAreObeyedWhenItIsThere) {
  for (int i = 0; i < 5; ++i) {
    ZmqPeer early(zmq::socket_type::dealer, commands_port_);
    early.send(R"({"command":"alerts.silence","rule":"nothing","until":null})");
    early.send(R"({"command":"breaker.open","api":"nothing"})");
    early.send(kPing);
    restarted_gateway();
    EXPECT_THAT(early.receive(), HasSubstr("not_found"));
    EXPECT_THAT(early.receive(), HasSubstr("not_found"));
    EXPECT_EQ(early.receive(), kDone);
    EXPECT_EQ(gateway().stop(), 0);
  }
}

// A successor found both ports taken, and never looked again.
TEST_F(GatewayZmqTest, ASuccessorTakesThePortsOverWhileThePredecessorDrains) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("desk", upstream);
  given_setting("DRAIN_TIMEOUT_MS", "60000");
  RawClient caller = connect();
  caller.send(request("GET /proxy/desk/x"));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  GatewayProcess successor(folder(), configuration(), settings());
  const ControlClient successors(successor.port());
  EXPECT_THAT(successors.ask("GET /health").body, HasSubstr("ZeroMQ cannot listen"));
  gateway().signal(SIGTERM);
  ASSERT_TRUE(successor.log_comes_to_have("ZeroMQ listens", kZmqPatience));
  EXPECT_THAT(successors.ask("GET /health").body, Not(HasSubstr("ZeroMQ cannot listen")));
  EXPECT_EQ(order(kPing), kDone);
  EXPECT_FALSE(caller.closed_within(milliseconds(0))) << "the predecessor still serves";
}

// It was documented, and nobody told it.
TEST_F(GatewayZmqTest, AStoreThatGoesAwayIsToldOnceAndThatItIsBackToo) {
  RedisServer redis;
  given_setting("REDIS_URL", redis.url());
  given_an_api_with_a_breaker();
  ZmqPeer subscriber(zmq::socket_type::sub, events_port_);
  gateway();
  ASSERT_TRUE(gateway().log_comes_to_have("Redis answers"));
  await_subscription(subscriber);
  redis.kill();
  EXPECT_THAT(event(subscriber, "store.changed"),
              HasSubstr(R"("data":{"store":"redis","state":"away"})"));
  redis.start();
  EXPECT_THAT(event(subscriber, "store.changed"),
              HasSubstr(R"("data":{"store":"redis","state":"back"})"));
}

TEST_F(GatewayZmqTest, NothingIsDoneThatCannotBeWrittenDown) {
  PostgresServer database;
  given_setting("DATABASE_URL", database.create_database());
  given_an_api_with_a_breaker();
  ZmqPeer subscriber(zmq::socket_type::sub, events_port_);
  gateway();
  await_subscription(subscriber);
  database.stop();
  EXPECT_THAT(event(subscriber, "store.changed"),
              HasSubstr(R"("data":{"store":"database","state":"away"})"));
  EXPECT_THAT(order(kOpen), HasSubstr("storage_unavailable"));
  EXPECT_EQ(call("GET /proxy/desk/x").status(), 200);
  database.start();
  EXPECT_THAT(event(subscriber, "store.changed"),
              HasSubstr(R"("data":{"store":"database","state":"back"})"));
  EXPECT_EQ(order(kOpen), kDone);
  EXPECT_EQ(call("GET /proxy/desk/x").status(), 503);
  EXPECT_EQ(gateway().stop(), 0);
}

}  // namespace
}  // namespace apiforge::testing_support
