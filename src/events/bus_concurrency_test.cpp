#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "events/bus.hpp"

namespace apiforge::events {
namespace {

constexpr int kPublishers = 4;
constexpr int kEventsEach = 20'000;

TEST(LocalBusConcurrencyTest,
     each_event_arrives_once_and_in_the_order_of_its_publisher_or_is_counted) {
  LocalBus bus(64);
  std::atomic<int> publishing = kPublishers;
  std::vector<std::jthread> publishers;
  for (int publisher = 0; publisher < kPublishers; ++publisher) {
    publishers.emplace_back([&bus, &publishing, publisher] {
      for (int i = 0; i < kEventsEach; ++i) {
        bus.publish({.members = {{std::to_string(publisher), std::to_string(i)}}});
      }
      --publishing;
    });
  }

  std::map<std::string, int> last;
  std::uint64_t seen = 0;
  bool ordered = true;
  bus.subscribe([&](const Event& event) {
    const auto& [publisher, number] = event.members.at(0);
    const auto known = last.try_emplace(publisher, -1).first;
    ordered = ordered && std::stoi(number) > known->second;
    known->second = std::stoi(number);
    ++seen;
  });
  while (publishing > 0) bus.drain();
  publishers.clear();
  while (bus.drain() > 0) {
  }
  EXPECT_TRUE(ordered);
  EXPECT_EQ(seen + bus.dropped(), static_cast<std::uint64_t>(kPublishers) * kEventsEach);
  EXPECT_GT(seen, 0u);
}

}  // namespace
}  // namespace apiforge::events
