#include "events/bus.hpp"

#include <gmock/gmock.h>

namespace apiforge::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Event numbered(int number) {
  return {.members = {{"number", std::to_string(number)}}};
}

class LocalBusTest : public testing::Test {
 protected:
  void given_a_subscriber(std::vector<std::string>& seen) {
    bus_.subscribe([&seen](const Event& event) { seen.push_back(event.members.at(0).second); });
  }
  void publish(int from, int to) {
    for (int i = from; i < to; ++i) bus_.publish(numbered(i));
  }

  LocalBus bus_{4};
  std::vector<std::string> first_;
  std::vector<std::string> second_;
};

TEST_F(LocalBusTest, every_subscriber_sees_every_event_in_order) {
  given_a_subscriber(first_);
  given_a_subscriber(second_);
  publish(0, 3);
  EXPECT_THAT(first_, IsEmpty());
  EXPECT_EQ(bus_.drain(), 3u);
  EXPECT_THAT(first_, ElementsAre("0", "1", "2"));
  EXPECT_EQ(second_, first_);
  EXPECT_EQ(bus_.drain(), 0u);
}

TEST_F(LocalBusTest, what_does_not_fit_is_dropped_and_counted) {
  given_a_subscriber(first_);
  publish(0, 7);
  EXPECT_EQ(bus_.dropped(), 3u);
  bus_.drain();
  EXPECT_THAT(first_, ElementsAre("0", "1", "2", "3"));
  publish(7, 9);
  bus_.drain();
  EXPECT_THAT(first_, ElementsAre("0", "1", "2", "3", "7", "8"));
  EXPECT_EQ(bus_.dropped(), 3u);
}

TEST_F(LocalBusTest, a_subscriber_that_publishes_does_not_keep_the_drain_going_for_ever) {
  bus_.subscribe([this](const Event&) { bus_.publish(numbered(0)); });
  publish(0, 1);
  EXPECT_EQ(bus_.drain(), 4u);
  EXPECT_EQ(bus_.dropped(), 0u);
}

}  // namespace
}  // namespace apiforge::events
