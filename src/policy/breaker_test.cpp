#include "policy/breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Order = Breaker::Order;

std::string text_of(const std::optional<BreakerChange>& change) {
  if (!change) return "none";
  return std::string(name_of(change->from)) + " -> " + std::string(name_of(change->to));
}

class BreakerTest : public testing::Test {
 protected:
  BreakerTest() {
    rule_.window.size = 10;
    rule_.minimum_calls = 4;
  }
  void given() { breaker_ = std::make_shared<Breaker>(rule_); }
  void given_open() {
    given();
    fail(static_cast<int>(rule_.minimum_calls));
    ASSERT_EQ(state(), BreakerState::Open);
  }
  void given_half_open() {
    given_open();
    now_ += rule_.open;
    auto probe = breaker_->acquire(now_);
    ASSERT_TRUE(probe.permit);
    ASSERT_EQ(state(), BreakerState::HalfOpen);
  }

  std::string call(bool failed, nanoseconds latency = milliseconds(1)) {
    auto acquired = breaker_->acquire(now_);
    if (!acquired.permit) return "refused";
    return text_of(acquired.permit.settle({failed, latency}, now_));
  }
  void fail(int times) {
    for (int i = 0; i < times; ++i) call(true);
  }
  void succeed(int times) {
    for (int i = 0; i < times; ++i) call(false);
  }
  BreakerState state() const { return breaker_->read(now_).state; }
  /// Keeps the permits of all calls that are let through.
  std::vector<BreakerPermit> acquire_many(int times) {
    std::vector<BreakerPermit> permits;
    for (int i = 0; i < times; ++i) {
      auto acquired = breaker_->acquire(now_);
      if (acquired.permit) permits.push_back(std::move(acquired.permit));
    }
    return permits;
  }

  model::BreakerRule rule_;
  MonotonicTime now_{hours(1)};
  std::shared_ptr<Breaker> breaker_;
};

TEST_F(BreakerTest, opens_at_the_minimum_of_calls) {
  given();
  fail(3);
  EXPECT_EQ(state(), BreakerState::Closed);
  EXPECT_EQ(call(true), "closed -> open");
  EXPECT_EQ(call(false), "refused");
  EXPECT_FALSE(breaker_->would_admit(now_));
  EXPECT_EQ(breaker_->read(now_).rejected, 1u);
  EXPECT_EQ(breaker_->read(now_).until_half_open, rule_.open);
}

TEST_F(BreakerTest, opens_at_the_rate_of_failures_and_not_below) {
  given();
  succeed(6);
  fail(4);
  EXPECT_EQ(state(), BreakerState::Closed);
  EXPECT_EQ(call(true), "closed -> open") << "the oldest of ten was a success";
}

TEST_F(BreakerTest, a_success_may_be_the_call_that_completes_the_minimum) {
  given();
  fail(3);
  EXPECT_EQ(call(false), "closed -> open");
}

TEST_F(BreakerTest, only_the_last_calls_count) {
  given();
  succeed(7);
  fail(3);
  succeed(10);
  const BreakerReading reading = breaker_->read(now_);
  EXPECT_EQ(reading.calls, 10u);
  EXPECT_EQ(reading.failures, 0u);
}

TEST_F(BreakerTest, slow_calls_open_it_when_the_rule_says_what_is_slow) {
  rule_.slow_call = milliseconds(100);
  rule_.slow_rate = 0.75;
  given();
  call(false, milliseconds(100));
  for (int i = 0; i < 2; ++i) call(false, milliseconds(101));
  EXPECT_EQ(call(false, milliseconds(101)), "closed -> open");
}

TEST_F(BreakerTest, a_window_of_time_forgets_what_is_older) {
  rule_.window = {model::WindowKind::Time, 10'000};
  rule_.minimum_calls = 9;
  given();
  fail(3);
  now_ += seconds(6);
  succeed(5);
  EXPECT_EQ(breaker_->read(now_).failures, 3u);
  now_ += seconds(5);
  EXPECT_EQ(breaker_->read(now_).failures, 0u);
  EXPECT_EQ(breaker_->read(now_).calls, 5u);
  fail(4);
  EXPECT_EQ(state(), BreakerState::Closed);
  EXPECT_EQ(call(true), "closed -> open");
}

TEST_F(BreakerTest, a_window_of_time_keeps_its_rates_under_many_calls) {
  rule_.window = {model::WindowKind::Time, 1'000};
  rule_.failure_rate = 0.5;
  rule_.minimum_calls = 1'000'000;
  given();
  int calls = 0;
  for (; calls < 1'000'000 && state() == BreakerState::Closed; ++calls) {
    call(calls % 5 < 2);
    now_ += nanoseconds(1'000);
  }
  EXPECT_EQ(state(), BreakerState::Closed);
  const BreakerReading reading = breaker_->read(now_);
  EXPECT_GE(reading.calls, OutcomeWindow::kSurelyCounted);
  EXPECT_NEAR(double(reading.failures) / reading.calls, 0.4, 0.002);
}

TEST_F(BreakerTest, half_open_admits_so_many_probes_and_closes_when_all_succeeded) {
  given_open();
  now_ += rule_.open - milliseconds(1);
  EXPECT_EQ(call(false), "refused");
  now_ += milliseconds(1);
  EXPECT_TRUE(breaker_->would_admit(now_));
  EXPECT_EQ(state(), BreakerState::Open) << "to ask changes nothing";
  auto permits = acquire_many(20);
  EXPECT_EQ(permits.size(), 3u);
  EXPECT_EQ(breaker_->read(now_).probes, 3u);
  EXPECT_FALSE(breaker_->would_admit(now_));
  EXPECT_EQ(text_of(permits[0].settle({}, now_)), "none");
  EXPECT_TRUE(acquire_many(5).empty()) << "two more successes are enough, and under way";
  EXPECT_EQ(text_of(permits[1].settle({}, now_)), "none");
  EXPECT_EQ(text_of(permits[2].settle({}, now_)), "half_open -> closed");
  EXPECT_EQ(breaker_->read(now_).calls, 0u) << "the window is new";
  EXPECT_EQ(acquire_many(20).size(), 20u);
}

TEST_F(BreakerTest, the_first_probe_is_told_as_a_change) {
  given_open();
  now_ += rule_.open;
  auto first = breaker_->acquire(now_);
  EXPECT_EQ(text_of(first.change), "open -> half_open");
  EXPECT_EQ(text_of(breaker_->acquire(now_).change), "none");
}

TEST_F(BreakerTest, a_failed_probe_opens_it_for_twice_as_long_up_to_the_most) {
  rule_.open = seconds(5);
  rule_.max_open = seconds(12);
  given_open();
  for (const nanoseconds expected : {seconds(10), seconds(12), seconds(12)}) {
    now_ += breaker_->read(now_).until_half_open;
    EXPECT_EQ(call(true), "half_open -> open");
    EXPECT_EQ(breaker_->read(now_).until_half_open, expected);
  }
  EXPECT_EQ(breaker_->read(now_).times_opened, 4u);
  now_ += seconds(12);
  succeed(3);
  EXPECT_EQ(state(), BreakerState::Closed);
  fail(4);
  EXPECT_EQ(breaker_->read(now_).until_half_open, seconds(5)) << "it begins anew";
}

TEST_F(BreakerTest, a_slow_probe_has_failed) {
  rule_.slow_call = milliseconds(100);
  given_half_open();
  call(false, milliseconds(101));
  EXPECT_EQ(state(), BreakerState::Open);
}

TEST_F(BreakerTest, cancelled_probes_leave_the_permits_whole) {
  given_half_open();
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(breaker_->acquire(now_).permit);
  EXPECT_EQ(breaker_->read(now_).probes, 0u);
  succeed(3);
  EXPECT_EQ(state(), BreakerState::Closed);
}

TEST_F(BreakerTest, a_moved_permit_is_one_permit) {
  given_half_open();
  BreakerPermit kept = std::move(breaker_->acquire(now_).permit);
  BreakerPermit moved = std::move(kept);
  EXPECT_EQ(breaker_->read(now_).probes, 1u);
  moved = std::move(breaker_->acquire(now_).permit);
  EXPECT_EQ(breaker_->read(now_).probes, 1u) << "what was there before is given back";
  moved = {};
  EXPECT_EQ(breaker_->read(now_).probes, 0u);
}

TEST_F(BreakerTest, late_results_of_an_older_state_change_nothing) {
  given();
  auto of_closed = acquire_many(10);
  fail(4);
  ASSERT_EQ(state(), BreakerState::Open);
  EXPECT_EQ(text_of(of_closed[0].settle({.failed = true}, now_)), "none");
  now_ += rule_.open;
  auto probes = acquire_many(3);
  EXPECT_EQ(text_of(of_closed[1].settle({.failed = true}, now_)), "none");
  EXPECT_EQ(state(), BreakerState::HalfOpen);
  EXPECT_EQ(text_of(probes[0].settle({.failed = true}, now_)), "half_open -> open");
  now_ += breaker_->read(now_).until_half_open;
  auto next = acquire_many(1);
  EXPECT_EQ(text_of(probes[1].settle({.failed = true}, now_)), "none");
  probes.clear();
  EXPECT_EQ(breaker_->read(now_).probes, 1u) << "only its own";
  EXPECT_EQ(state(), BreakerState::HalfOpen);
}

TEST_F(BreakerTest, an_operator_forces_a_state_until_reset) {
  given();
  EXPECT_EQ(text_of(breaker_->order(Order::Open)), "closed -> forced_open");
  EXPECT_EQ(text_of(breaker_->order(Order::Open)), "none");
  now_ += hours(1);
  EXPECT_EQ(call(false), "refused");
  EXPECT_EQ(text_of(breaker_->order(Order::Close)), "forced_open -> forced_closed");
  fail(100);
  EXPECT_EQ(state(), BreakerState::ForcedClosed);
  EXPECT_EQ(breaker_->read(now_).failures, 10u) << "it counts";
  EXPECT_EQ(text_of(breaker_->order(Order::Reset)), "forced_closed -> closed");
  EXPECT_EQ(breaker_->read(now_).failures, 0u);
  fail(4);
  EXPECT_EQ(state(), BreakerState::Open);
  EXPECT_EQ(text_of(breaker_->order(Order::Reset)), "open -> closed");
}

TEST_F(BreakerTest, a_reset_of_a_closed_one_empties_the_window) {
  given();
  fail(3);
  EXPECT_EQ(text_of(breaker_->order(Order::Reset)), "none");
  EXPECT_EQ(breaker_->read(now_).calls, 0u);
  EXPECT_EQ(call(true), "none");
}

TEST_F(BreakerTest, a_permit_outlives_the_breaker) {
  given();
  BreakerPermit permit = std::move(breaker_->acquire(now_).permit);
  breaker_.reset();
  EXPECT_EQ(text_of(permit.settle({.failed = true}, now_)), "none");
  EXPECT_FALSE(permit);
}

TEST(BreakerPropertyTest, is_never_stuck_and_never_gives_more_probes_than_it_may) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    model::BreakerRule rule;
    rule.minimum_calls = 1 + static_cast<std::uint32_t>(random.below(10));
    rule.window = random.below(2) == 0 ? model::BreakerWindow{model::WindowKind::Count, 10}
                                       : model::BreakerWindow{model::WindowKind::Time, 2'000};
    rule.half_open_calls = 1 + static_cast<std::uint32_t>(random.below(5));
    const auto breaker = std::make_shared<Breaker>(rule);
    MonotonicTime now{hours(1)};
    std::vector<BreakerPermit> under_way;
    for (int step = 0; step < 1'000; ++step) {
      now += milliseconds(random.below(800));
      if (random.below(2) == 0) {
        auto acquired = breaker->acquire(now);
        if (acquired.permit) under_way.push_back(std::move(acquired.permit));
      } else if (!under_way.empty()) {
        const auto which = static_cast<std::ptrdiff_t>(random.below(under_way.size()));
        if (random.below(4) != 0) {
          under_way[static_cast<std::size_t>(which)].settle({random.below(2) == 0}, now);
        }
        under_way.erase(under_way.begin() + which);
      }
      ASSERT_LE(breaker->read(now).probes, rule.half_open_calls);
    }
    // The upstream is well from now on: after the longest open time it closes.
    under_way.clear();
    now += rule.max_open;
    for (std::uint32_t i = 0; i < rule.half_open_calls; ++i) {
      auto acquired = breaker->acquire(now);
      ASSERT_TRUE(acquired.permit);
      acquired.permit.settle({}, now);
    }
    ASSERT_NE(breaker->read(now).state, BreakerState::HalfOpen);
    ASSERT_TRUE(breaker->would_admit(now) || breaker->read(now).state == BreakerState::Open);
  }
}

}  // namespace
}  // namespace apiforge::policy
