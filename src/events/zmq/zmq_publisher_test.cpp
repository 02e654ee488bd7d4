#include "events/zmq/zmq_publisher.hpp"

#include <gmock/gmock.h>

#include "events/zmq/zmq_fixture.hpp"

namespace apiforge::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime kStart{std::chrono::milliseconds(1'700'000'000'000)};

class ZmqPublisherTest : public ZmqTest {
 protected:
  void given_a_publisher(PublisherOptions options = {}) {
    options.port = 0;
    options.node = "node-1";
    auto opened = ZmqPublisher::open(*context_, options, kStart);
    ASSERT_TRUE(opened) << opened.error().detail;
    publisher_ = *std::move(opened);
  }
  void publish(EventType type, const std::string& text = {}) {
    publisher_->publish({.type = type, .at = kStart, .members = {{"text", text}}});
  }
  /// Publishes until the subscriber gets something: nobody tells when its subscription has arrived.
  std::vector<std::string> first_message(ZmqClient& subscriber, EventType type,
                                         std::chrono::milliseconds patience = kPatience) {
    constexpr std::chrono::milliseconds kTry{10};
    for (auto waited = kTry; waited < patience; waited += kTry) {
      publish(type);
      if (auto message = subscriber.receive(kTry); !message.empty()) return message;
    }
    return {};
  }

  std::unique_ptr<ZmqPublisher> publisher_;
};

TEST_F(ZmqPublisherTest, subscribers_get_the_type_as_topic_and_the_event_as_json) {
  given_an_open_context();
  given_a_publisher();
  ZmqClient subscriber(zmq::socket_type::sub, publisher_->endpoint());
  subscriber.subscribe("");
  const auto message = first_message(subscriber, EventType::BreakerChanged);
  ASSERT_EQ(message.size(), 2u);
  EXPECT_EQ(message[0], "breaker.changed");
  EXPECT_THAT(message[1], HasSubstr(R"({"schema":1,"id":"1700000000000-)"));
  EXPECT_THAT(message[1], HasSubstr(R"("type":"breaker.changed")"));
  EXPECT_THAT(message[1], HasSubstr(R"("node":"node-1")"));
}

TEST_F(ZmqPublisherTest, a_subscriber_gets_the_topics_it_asked_for) {
  given_an_open_context();
  given_a_publisher();
  ZmqClient subscriber(zmq::socket_type::sub, publisher_->endpoint());
  subscriber.subscribe("alert.");
  ASSERT_THAT(first_message(subscriber, EventType::AlertFiring), testing::SizeIs(2));
  while (!subscriber.receive(std::chrono::milliseconds(0)).empty()) {
  }
  publish(EventType::LoadShed);
  publish(EventType::AlertResolved, "the next one");
  std::vector<std::string> message = subscriber.receive();
  while (message.at(0) == "alert.firing") message = subscriber.receive();
  EXPECT_EQ(message[0], "alert.resolved");
  EXPECT_THAT(message[1], HasSubstr("the next one"));
}

TEST_F(ZmqPublisherTest, never_waits_for_a_subscriber_that_does_not_read) {
  given_an_open_context();
  given_a_publisher({.high_water_mark = 2, .max_waiting = 1'000'000});
  ZmqClient subscriber(zmq::socket_type::sub, publisher_->endpoint());
  subscriber.subscribe("");
  ASSERT_THAT(first_message(subscriber, EventType::LoadShed), testing::SizeIs(2));
  const std::uint64_t before = publisher_->sent();
  const std::string large(10'000, 'x');
  for (int i = 0; i < 5'000; ++i) publish(EventType::LoadShed, large);
  while (publisher_->sent() < before + 5'000) std::this_thread::yield();
  EXPECT_EQ(publisher_->dropped(), 0u);
}

TEST_F(ZmqPublisherTest, counts_what_does_not_fit_its_queue) {
  given_an_open_context();
  given_a_publisher({.max_waiting = 0});
  publish(EventType::LoadShed);
  publish(EventType::LoadShed);
  EXPECT_EQ(publisher_->dropped(), 2u);
  EXPECT_EQ(publisher_->sent(), 0u);
}

TEST_F(ZmqPublisherTest, an_address_that_is_taken_or_wrong_is_refused) {
  given_an_open_context();
  given_a_publisher();
  const std::string& endpoint = publisher_->endpoint();
  const auto port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
  const auto taken =
      ZmqPublisher::open(*context_, {.port = static_cast<std::uint16_t>(port)}, kStart);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::InvalidConfiguration);
  EXPECT_THAT(taken.error().detail, HasSubstr("ZeroMQ cannot listen on tcp://127.0.0.1:"));
  EXPECT_FALSE(ZmqPublisher::open(*context_, {.host = "no address", .port = 0}, kStart));
}

TEST_F(ZmqPublisherTest, with_curve_only_known_clients_get_events) {
  const CurveKeyPair friendly = *make_curve_key_pair();
  const CurveKeyPair stranger = *make_curve_key_pair();
  given_an_encrypted_context({friendly});
  given_a_publisher();
  ZmqClient known(zmq::socket_type::sub, publisher_->endpoint(), friendly, server_.public_key);
  ZmqClient unknown(zmq::socket_type::sub, publisher_->endpoint(), stranger, server_.public_key);
  ZmqClient plain(zmq::socket_type::sub, publisher_->endpoint());
  known.subscribe("");
  unknown.subscribe("");
  plain.subscribe("");
  EXPECT_THAT(first_message(known, EventType::LoadShed), testing::SizeIs(2));
  const std::chrono::milliseconds brief(300);
  EXPECT_THAT(first_message(unknown, EventType::LoadShed, brief), IsEmpty());
  EXPECT_THAT(first_message(plain, EventType::LoadShed, brief), IsEmpty());
}

}  // namespace
}  // namespace apiforge::events
