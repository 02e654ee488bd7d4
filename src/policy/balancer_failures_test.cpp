// What peak EWMA does with endpoints that fail before it knows anything of them; and endpoints that
// are well, and full.
#include <gtest/gtest.h>

#include "policy/balancer.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;

class BalancerFailuresTest : public testing::Test {
 protected:
  /// One call and, when it fails, its repeat; false when that fails as well.
  bool call() {
    now_ += milliseconds(10);
    const std::size_t first = choose({});
    if (ends_well(first)) return true;
    ++failed_attempts_;
    const std::size_t tried[] = {first};
    return ends_well(choose(tried));
  }
  std::size_t choose(std::span<const std::size_t> tried) {
    return *balancer_.choose(loads_, {.now = now_, .tried = tried}, random_);
  }
  bool ends_well(std::size_t endpoint) {
    if (endpoint < broken_) {
      observe_failure(loads_[endpoint], now_);
      return false;
    }
    observe_latency(loads_[endpoint], now_, milliseconds(5));
    return true;
  }

  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed 20261123"};
  Random random_{20261123};
  MonotonicTime now_{std::chrono::hours(1)};
  std::vector<std::string> names_ = {"a", "b", "c", "d"};
  std::vector<EndpointLoad> loads_ = std::vector<EndpointLoad>(4);
  Balancer balancer_{{}, names_};
  std::size_t broken_ = 2;  ///< so many of the first
  int failed_attempts_ = 0;
};

// Each call went to what was unknown, until it was ejected; repeats went from one such endpoint to
// the other.
TEST_F(BalancerFailuresTest, what_fails_before_it_ever_answered_is_tried_now_and_then) {
  observe_latency(loads_[2], now_, milliseconds(5));
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(call()) << i;
  EXPECT_GT(failed_attempts_, 2);
  EXPECT_LT(failed_attempts_, 10);
}

TEST_F(BalancerFailuresTest, it_gets_its_share_once_it_answers) {
  for (int i = 0; i < 1'000; ++i) call();
  broken_ = 0;
  for (int i = 0; i < 2'000; ++i) call();
  std::vector<int> calls(4);
  for (int i = 0; i < 1'000; ++i) {
    now_ += milliseconds(10);
    ++calls[choose({})];
  }
  for (const int count : calls) EXPECT_GT(count, 150);
}

TEST_F(BalancerFailuresTest, with_nothing_else_a_call_is_sent_there) {
  broken_ = 4;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(call());
}

TEST_F(BalancerFailuresTest, a_repeat_goes_to_what_is_known_to_answer) {
  observe_latency(loads_[3], now_, milliseconds(500));
  const std::size_t tried[] = {0};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(choose(tried), 3u);
}

TEST(FullEndpoints, get_no_call_of_any_policy_and_are_no_reason_for_panic) {
  using enum model::Balancing;
  Random random(20261123);
  const std::vector<std::string> names{"a", "b", "c"};
  for (const auto balancing :
       {P2cEwma, RoundRobin, WeightedRoundRobin, LeastRequest, ConsistentHash}) {
    std::vector<EndpointLoad> loads(3);
    Balancer balancer({.balancing = balancing}, names);
    loads[0].full = loads[1].full = true;
    for (std::uint64_t i = 0; i < 100; ++i) {
      EXPECT_EQ(balancer.choose(loads, {.hash = i, .tried = {}}, random), 2u);
    }
    const std::size_t tried[] = {2};
    EXPECT_EQ(balancer.choose(loads, {.tried = tried}, random), 2u) << "there is no other";
    EXPECT_FALSE(has_untried(loads, tried));
    loads[2].available = false;
    EXPECT_FALSE(balancer.choose(loads, {}, random));
  }
  std::vector<EndpointLoad> alone(1);
  alone[0].full = true;
  EXPECT_FALSE(Balancer({}, std::vector<std::string>{"a"}).choose(alone, {}, random));
}

}  // namespace
}  // namespace apiforge::policy
