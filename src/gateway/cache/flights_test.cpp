#include "gateway/cache/flights.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway::cache {
namespace {

constexpr Asker kFirst{0, 1};
constexpr Asker kSecond{1, 1};
constexpr Asker kThird{0, 2};

class FlightsTest : public testing::Test {
 protected:
  Flights::Place ask(Asker asker, std::string_view key = "key") {
    return flights_.ask(key, asker, true);
  }
  Flights flights_;
};

TEST_F(FlightsTest, the_first_leads_and_the_others_wait) {
  EXPECT_EQ(ask(kFirst), Flights::Place::Leads);
  EXPECT_EQ(ask(kSecond), Flights::Place::Waits);
  EXPECT_EQ(ask(kThird), Flights::Place::Waits);
  EXPECT_EQ(ask(kThird, "another key"), Flights::Place::Leads);
}

TEST_F(FlightsTest, who_may_not_wait_goes_alone) {
  EXPECT_EQ(flights_.ask("key", kFirst, false), Flights::Place::Leads);
  EXPECT_EQ(flights_.ask("key", kSecond, false), Flights::Place::Alone);
}

TEST_F(FlightsTest, all_are_released_when_there_is_a_reply_or_the_upstream_failed) {
  for (const auto how : {FlightEnd::Kept, FlightEnd::NotKept, FlightEnd::Failed}) {
    ask(kFirst);
    ask(kSecond);
    ask(kThird);
    const auto landing = flights_.end("key", kFirst, how);
    EXPECT_EQ(landing.released, (std::vector{kSecond, kThird}));
    EXPECT_FALSE(landing.next_leader);
    EXPECT_EQ(flights_.size(), 0u);
  }
}

TEST_F(FlightsTest, a_leader_that_is_cancelled_hands_over) {
  ask(kFirst);
  ask(kSecond);
  ask(kThird);
  EXPECT_EQ(flights_.end("key", kFirst, FlightEnd::Cancelled).next_leader, kSecond);
  EXPECT_EQ(flights_.end("key", kSecond, FlightEnd::Cancelled).next_leader, kThird);
  EXPECT_FALSE(flights_.end("key", kThird, FlightEnd::Cancelled).next_leader);
  EXPECT_EQ(flights_.size(), 0u);
}

TEST_F(FlightsTest, who_leaves_is_not_told) {
  ask(kFirst);
  ask(kSecond);
  ask(kThird);
  flights_.leave("key", kSecond);
  EXPECT_EQ(flights_.end("key", kFirst, FlightEnd::Kept).released, std::vector{kThird});
}

TEST_F(FlightsTest, leaving_after_one_was_made_the_leader_hands_over_too) {
  ask(kFirst);
  ask(kSecond);
  ask(kThird);
  flights_.end("key", kFirst, FlightEnd::Cancelled);
  EXPECT_EQ(flights_.leave("key", kSecond).next_leader, kThird);
}

TEST_F(FlightsTest, the_end_of_one_that_does_not_lead_changes_nothing) {
  ask(kFirst);
  ask(kSecond);
  EXPECT_TRUE(flights_.end("key", kSecond, FlightEnd::Kept).released.empty());
  EXPECT_TRUE(flights_.end("unknown", kFirst, FlightEnd::Kept).released.empty());
  EXPECT_EQ(flights_.end("key", kFirst, FlightEnd::Kept).released, std::vector{kSecond});
}

TEST_F(FlightsTest, a_flight_takes_so_many_and_no_more) {
  ask(kFirst);
  for (std::size_t i = 0; i < Flights::kMaxWaiting; ++i) {
    EXPECT_EQ(ask({1, i + 10}), Flights::Place::Waits);
  }
  EXPECT_EQ(ask(kSecond), Flights::Place::Alone);
}

}  // namespace
}  // namespace apiforge::gateway::cache
