#include "net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "base/random.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// A timer that counts how often it fired and may react to it.
struct Alarm final : Timer::Owner {
  explicit Alarm(TimerWheel& wheel) : timer(wheel, *this) {}
  void on_deadline(Timer&) override {
    ++fired;
    if (reaction) reaction();
  }
  Timer timer;
  int fired = 0;
  std::function<void()> reaction;
};

class TimerWheelTest : public testing::Test {
 protected:
  void pass(nanoseconds time) {
    clock.advance(time);
    wheel.advance(clock.now());
  }
  MonotonicTime in(nanoseconds time) const { return clock.now() + time; }

  SimulatedClock clock;
  TimerWheel wheel{clock.now()};
};

TEST_F(TimerWheelTest, fires_once_at_the_first_tick_at_or_after_the_deadline) {
  Alarm alarm(wheel);
  alarm.timer.set(in(milliseconds(50)));
  pass(milliseconds(49));
  EXPECT_EQ(alarm.fired, 0);
  pass(milliseconds(11));
  EXPECT_EQ(alarm.fired, 1);
  pass(seconds(200));
  EXPECT_EQ(alarm.fired, 1);
  EXPECT_TRUE(wheel.empty());
}

TEST_F(TimerWheelTest, a_deadline_that_has_passed_fires_at_the_next_tick) {
  Alarm alarm(wheel);
  pass(seconds(5));
  alarm.timer.set(clock.now() - seconds(1));
  EXPECT_EQ(alarm.fired, 0);
  pass(TimerWheel::kTick);
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerWheelTest, deadlines_beyond_one_round_wait_for_theirs) {
  Alarm alarm(wheel);
  alarm.timer.set(in(seconds(1'000)));
  for (int i = 0; i < 999; ++i) pass(seconds(1));
  EXPECT_EQ(alarm.fired, 0);
  pass(milliseconds(1'020));
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerWheelTest, a_deadline_can_be_moved_both_ways_and_taken_back) {
  Alarm alarm(wheel);
  alarm.timer.set(in(milliseconds(100)));
  alarm.timer.set(in(milliseconds(500)));
  pass(milliseconds(400));
  EXPECT_EQ(alarm.fired, 0);
  alarm.timer.set(in(milliseconds(20)));
  pass(milliseconds(40));
  EXPECT_EQ(alarm.fired, 1);
  alarm.timer.set(in(milliseconds(20)));
  alarm.timer.clear();
  pass(seconds(1));
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerWheelTest, a_destroyed_timer_is_forgotten) {
  auto alarm = std::make_unique<Alarm>(wheel);
  alarm->timer.set(in(milliseconds(20)));
  alarm.reset();
  EXPECT_TRUE(wheel.empty());
  pass(seconds(1));
}

TEST_F(TimerWheelTest, an_owner_may_set_its_timer_again_when_it_fires) {
  Alarm alarm(wheel);
  alarm.reaction = [&] { alarm.timer.set(in(milliseconds(100))); };
  alarm.timer.set(in(milliseconds(100)));
  for (int i = 0; i < 50; ++i) pass(milliseconds(20));
  EXPECT_EQ(alarm.fired, 10);
  alarm.timer.clear();
}

TEST_F(TimerWheelTest, an_owner_may_destroy_itself_and_its_neighbours_when_it_fires) {
  std::vector<std::unique_ptr<Alarm>> alarms;
  int fired = 0;
  for (int i = 0; i < 8; ++i) {
    alarms.push_back(std::make_unique<Alarm>(wheel));
    alarms.back()->timer.set(in(milliseconds(40)));
    // The function object lies in the alarm that it destroys, so it keeps what it needs on the
    // stack.
    alarms.back()->reaction = [&alarms, &fired] {
      auto& all = alarms;
      ++fired;
      all.clear();
    };
  }
  pass(milliseconds(40));
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(wheel.empty());
}

TEST_F(TimerWheelTest, a_long_stall_fires_what_is_due_and_keeps_what_is_not) {
  Alarm due(wheel);
  Alarm later(wheel);
  due.timer.set(in(seconds(10)));
  later.timer.set(in(seconds(4'000)));
  pass(seconds(3'600));
  EXPECT_EQ(due.fired, 1);
  EXPECT_EQ(later.fired, 0);
  pass(seconds(401));
  EXPECT_EQ(later.fired, 1);
}

TEST_F(TimerWheelTest, expire_all_fires_whatever_is_set) {
  Alarm near(wheel);
  Alarm far(wheel);
  Alarm cleared(wheel);
  near.timer.set(in(milliseconds(1)));
  far.timer.set(in(std::chrono::hours(24)));
  cleared.timer.set(in(seconds(1)));
  cleared.timer.clear();
  wheel.expire_all();
  EXPECT_EQ(near.fired, 1);
  EXPECT_EQ(far.fired, 1);
  EXPECT_EQ(cleared.fired, 0);
  EXPECT_TRUE(wheel.empty());
}

// Against the plainest model: a list of deadlines. A timer never fires early, and at most one tick
// late.
class TimerWheelAgainstModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(TimerWheelAgainstModel, agrees_after_any_sequence_of_operations) {
  constexpr std::size_t kTimers = 40;
  constexpr int kSteps = 20'000;
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  Random random(GetParam());
  SimulatedClock clock;
  TimerWheel wheel(clock.now());
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<MonotonicTime> model(kTimers, MonotonicTime::max());
  for (std::size_t i = 0; i < kTimers; ++i) alarms.push_back(std::make_unique<Alarm>(wheel));

  for (int step = 0; step < kSteps; ++step) {
    const std::size_t i = random.below(kTimers);
    switch (random.below(8)) {
      case 0:
        alarms[i]->timer.clear();
        model[i] = MonotonicTime::max();
        break;
      case 1:
        alarms[i] = std::make_unique<Alarm>(wheel);
        model[i] = MonotonicTime::max();
        break;
      case 2:
      case 3:
      case 4: {
        const nanoseconds reach = random.below(10) == 0 ? nanoseconds(seconds(300)) : seconds(2);
        model[i] =
            clock.now() + nanoseconds(random.below(static_cast<std::uint64_t>(reach.count())));
        alarms[i]->timer.set(model[i]);
        break;
      }
      default: {
        const nanoseconds reach =
            random.below(500) == 0 ? nanoseconds(seconds(200)) : nanoseconds(milliseconds(60));
        clock.advance(nanoseconds(random.below(static_cast<std::uint64_t>(reach.count()))));
        wheel.advance(clock.now());
        for (std::size_t k = 0; k < kTimers; ++k) {
          if (alarms[k]->fired > 0) {
            ASSERT_EQ(alarms[k]->fired, 1) << "step " << step;
            ASSERT_LE(model[k], clock.now()) << "fired early at step " << step;
            alarms[k]->fired = 0;
            model[k] = MonotonicTime::max();
          } else if (model[k] != MonotonicTime::max()) {
            // One tick for the grid, and one when it was set between two ticks.
            ASSERT_GT(model[k] + 2 * TimerWheel::kTick, clock.now()) << "late at step " << step;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelAgainstModel, testing::Values(1, 2, 3, 4, 5, 6, 7, 8));

}  // namespace
}  // namespace apiforge::net
