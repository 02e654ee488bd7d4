#include "policy/slow_start.hpp"

#include <gtest/gtest.h>

#include "policy/balancer.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime kReturnedAt{std::chrono::hours(1)};

TEST(SlowStart, grows_evenly_from_a_tenth_to_all) {
  const auto at = [](milliseconds passed) {
    return slow_start_percent(kReturnedAt, kReturnedAt + passed, seconds(10));
  };
  EXPECT_EQ(at(milliseconds(0)), 10u);
  EXPECT_EQ(at(seconds(5)), 55u);
  EXPECT_EQ(at(milliseconds(9'999)), 99u);
  EXPECT_EQ(at(seconds(10)), 100u);
  EXPECT_EQ(at(seconds(100)), 100u);
}

TEST(SlowStart, is_over_for_what_was_always_there_and_when_it_is_off) {
  EXPECT_EQ(slow_start_percent(MonotonicTime::min(), kReturnedAt, seconds(10)), 100u);
  EXPECT_EQ(slow_start_percent(kReturnedAt, kReturnedAt, seconds(0)), 100u);
}

TEST(SlowStart, a_clock_of_another_thread_that_is_ahead_does_no_harm) {
  EXPECT_EQ(slow_start_percent(kReturnedAt + seconds(1), kReturnedAt, seconds(10)), 10u);
}

/// Two endpoints of one Api, of which `b` goes and comes back.
class SlowStartShareTest : public testing::TestWithParam<model::Balancing> {
 protected:
  SlowStartShareTest() { balancer_.emplace(BalancerConfig{.balancing = GetParam()}, names_); }

  /// How many of 10 000 calls `b` gets at this time after its return.
  int calls_after(milliseconds time) {
    const MonotonicTime now = kReturnedAt + time;
    set_available(loads_[0], true, now, kSlowStart);
    set_available(loads_[1], true, now, kSlowStart);
    int count = 0;
    for (int i = 0; i < 10'000; ++i) {
      count += *balancer_->choose(loads_, {.now = now, .hash = random_.next()}, random_) == 1;
    }
    return count;
  }

  static constexpr seconds kSlowStart{10};
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed 20261123"};
  Random random_{20261123};
  std::vector<std::string> names_ = {"http://a.example.com", "http://b.example.com"};
  std::vector<EndpointLoad> loads_ = {{}, {}};
  std::optional<Balancer> balancer_;
};

TEST_P(SlowStartShareTest, one_that_came_back_gets_its_share_little_by_little) {
  EXPECT_NEAR(calls_after(seconds(-20)), 5'000, 300) << "nobody has been away";
  set_available(loads_[1], false, kReturnedAt - seconds(10), kSlowStart);
  EXPECT_FALSE(loads_[1].available);
  EXPECT_NEAR(calls_after(seconds(0)), 10'000 * 10 / 110, 300);
  EXPECT_NEAR(calls_after(seconds(5)), 10'000 * 55 / 155, 300);
  EXPECT_NEAR(calls_after(seconds(10)), 5'000, 300);
}

TEST_P(SlowStartShareTest, one_that_was_added_as_well) {
  loads_[1].since = kReturnedAt;
  EXPECT_NEAR(calls_after(seconds(0)), 10'000 * 10 / 110, 300);
  EXPECT_NEAR(calls_after(seconds(10)), 5'000, 300);
}

INSTANTIATE_TEST_SUITE_P(Policies, SlowStartShareTest,
                         testing::Values(model::Balancing::WeightedRoundRobin,
                                         model::Balancing::ConsistentHash));

// With two endpoints, two draws are always both: what holds a slow starter back is that each call
// under way there weighs more.
TEST(SlowStart, calls_under_way_weigh_more_on_a_slow_starter) {
  for (const auto balancing : {model::Balancing::LeastRequest, model::Balancing::P2cEwma}) {
    const std::vector<std::string> names = {"http://a.example.com", "http://b.example.com"};
    std::vector<EndpointLoad> loads = {{}, {.since = kReturnedAt}};
    for (auto& load : loads) {
      observe_latency(load, kReturnedAt, milliseconds(10));
      set_available(load, true, kReturnedAt, seconds(10));
    }
    Balancer balancer({.balancing = balancing}, names);
    Random random(20261123);
    for (int i = 0; i < 1'100; ++i) {
      ++loads[*balancer.choose(loads, {.now = kReturnedAt}, random)].in_flight;
    }
    EXPECT_NEAR(loads[1].in_flight, 100, 15);
  }
}

}  // namespace
}  // namespace apiforge::policy
