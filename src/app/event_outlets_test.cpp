#include "app/event_outlets.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "events/zmq/zmq_fixture.hpp"

namespace apiforge::app {
namespace {

using events::ZmqClient;
using observe::HealthStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

class EventOutletsTest : public testing::Test {
 protected:
  /// Another process has both ports until it `leaves`.
  EventOutletsTest() {
    context_ = *events::ZmqContext::open({});
    publisher_ = *events::ZmqPublisher::open(*context_, {.port = 0}, clock_.wall());
    intake_ = *events::ZmqIntake::open(*context_, {.port = 0},
                                       [](const events::Command&) { return Result<void>(); });
    settings_.events.publisher_port = port_of(publisher_->endpoint());
    settings_.events.subscriber_port = port_of(intake_->endpoint());
    events_endpoint_ = publisher_->endpoint();
    commands_endpoint_ = intake_->endpoint();
  }
  void the_predecessor_leaves() {
    publisher_.reset();
    intake_.reset();
    context_.reset();
  }

  std::unique_ptr<EventOutlets> made() {
    return std::make_unique<EventOutlets>(settings_, clock_, "node-1", log_);
  }
  void start(EventOutlets& outlets) {
    outlets.start([this](const events::Command&) {
      ++obeyed_;  // read by the test after the answer has come
      return Result<void>();
    });
  }
  /// Ports are free a moment after their sockets have gone.
  bool comes_to_listen(EventOutlets& outlets) {
    constexpr int kPatience = 20'000;
    for (int i = 0; i < kPatience; ++i) {
      if (outlets.health().status == HealthStatus::Ok) return true;
      clock_.advance(seconds(1));
      outlets.drain();
      std::this_thread::yield();
    }
    return false;
  }
  std::string ask(const std::string& command) {
    ZmqClient client(zmq::socket_type::req, commands_endpoint_);
    client.send({command});
    const auto reply = client.receive();
    return reply.empty() ? std::string() : reply.front();
  }

  SimulatedClock clock_;
  Settings settings_;
  observe::LineQueue lines_;
  observe::Log log_{lines_, clock_, observe::LogLevel::Info, observe::LineFormat::Text, "TEST"};
  std::unique_ptr<events::ZmqContext> context_;
  std::unique_ptr<events::ZmqPublisher> publisher_;
  std::unique_ptr<events::ZmqIntake> intake_;
  std::string events_endpoint_;
  std::string commands_endpoint_;
  int obeyed_ = 0;
};

// The intake obeyed as soon as it was made, when the Server that it asks was not there yet.
TEST_F(EventOutletsTest, a_command_that_comes_early_waits_for_the_start) {
  the_predecessor_leaves();
  ZmqClient early(zmq::socket_type::dealer, commands_endpoint_);
  early.send({"", R"({"command":"alerts.silence","rule":"errors","until":null})"});
  const auto outlets = made();
  EXPECT_EQ(outlets->health().status, HealthStatus::Disabled);
  EXPECT_THAT(early.receive(milliseconds(20)), IsEmpty());
  EXPECT_EQ(obeyed_, 0);
  start(*outlets);
  ASSERT_TRUE(comes_to_listen(*outlets)) << outlets->health().detail;
  EXPECT_THAT(early.receive(), ElementsAre("", R"({"ok":true})"));
  EXPECT_EQ(obeyed_, 1);
}

// After an upgrade without a gap ZeroMQ stayed off: the predecessor still had its ports.
TEST_F(EventOutletsTest, a_port_that_was_taken_is_taken_over_when_it_is_free) {
  const auto outlets = made();
  start(*outlets);
  EXPECT_EQ(outlets->health().status, HealthStatus::Degraded);
  EXPECT_THAT(outlets->health().detail, HasSubstr("cannot listen on " + events_endpoint_));
  clock_.advance(seconds(1));
  outlets->drain();
  EXPECT_THAT(lines_.take(), testing::SizeIs(1)) << "the same trouble is told once";
  the_predecessor_leaves();
  ASSERT_TRUE(comes_to_listen(*outlets)) << outlets->health().detail;
  EXPECT_EQ(ask(R"({"command":"ping"})"), R"({"ok":true})");
  EXPECT_THAT(lines_.take().back(), HasSubstr("ZeroMQ listens"));

  ZmqClient subscriber(zmq::socket_type::sub, events_endpoint_);
  subscriber.subscribe("");
  std::vector<std::string> heard;
  for (int i = 0; i < 200 && heard.empty(); ++i) {  // until the subscription has come
    outlets->bus().publish({.type = events::EventType::ConfigurationChanged});
    outlets->drain();
    heard = subscriber.receive(milliseconds(100));
  }
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(heard[0], "configuration.changed");
}

TEST_F(EventOutletsTest, one_port_that_is_taken_does_not_keep_the_other_closed) {
  intake_.reset();
  const auto outlets = made();
  start(*outlets);
  ZmqClient client(zmq::socket_type::req, commands_endpoint_);
  client.send({R"({"command":"ping"})"});
  std::vector<std::string> reply;
  for (int i = 0; i < 200 && reply.empty(); ++i) {  // until the port is free
    clock_.advance(seconds(1));
    outlets->drain();
    reply = client.receive(milliseconds(100));
  }
  EXPECT_THAT(reply, ElementsAre(R"({"ok":true})"));
  EXPECT_EQ(outlets->health().status, HealthStatus::Degraded);
}

TEST_F(EventOutletsTest, whoever_releases_them_leaves_both_ports_to_a_successor) {
  the_predecessor_leaves();
  const auto first = made();
  start(*first);
  ASSERT_TRUE(comes_to_listen(*first)) << first->health().detail;
  const auto second = made();
  start(*second);
  EXPECT_EQ(second->health().status, HealthStatus::Degraded);
  first->release();
  EXPECT_EQ(first->health().status, HealthStatus::Disabled);
  ASSERT_TRUE(comes_to_listen(*second)) << second->health().detail;
  clock_.advance(seconds(1));
  first->drain();
  EXPECT_EQ(first->health().status, HealthStatus::Disabled);
}

TEST_F(EventOutletsTest, without_keys_production_has_no_zeromq) {
  the_predecessor_leaves();
  settings_.process.environment = Environment::Production;
  const auto outlets = made();
  start(*outlets);
  EXPECT_EQ(outlets->health().status, HealthStatus::Disabled);
  EXPECT_THAT(lines_.take(), IsEmpty());
}

}  // namespace
}  // namespace apiforge::app
