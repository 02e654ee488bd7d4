#include "net/precise_timer.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <optional>

#include "net/event_loop.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PreciseTimerTest : public testing::Test {
 protected:
  /// Runs the loop until the timer fired, or for so long.
  bool fires_within(milliseconds time) {
    const MonotonicTime end = clock.now() + time;
    while (fired == 0 && clock.now() < end) {
      ::poll(nullptr, 0, 1);
      loop.poll();
    }
    return fired > 0;
  }

  SystemClock clock;
  EventLoop loop{clock, 1};
  int fired = 0;
  std::optional<PreciseTimer> timer{std::in_place, loop, [this] { ++fired; }};
};

TEST_F(PreciseTimerTest, fires_once_and_not_before_its_deadline) {
  const MonotonicTime deadline = clock.now() + milliseconds(5);
  timer->set(deadline);
  ASSERT_TRUE(fires_within(seconds(10)));
  EXPECT_GE(clock.now(), deadline);
  fired = 0;
  EXPECT_FALSE(fires_within(milliseconds(20)));
}

TEST_F(PreciseTimerTest, fires_at_the_last_deadline_that_was_set) {
  timer->set(clock.now() + milliseconds(1));
  timer->set(clock.now() + seconds(100));
  EXPECT_FALSE(fires_within(milliseconds(20)));
  timer->set(clock.now() - seconds(1));
  EXPECT_TRUE(fires_within(seconds(10)));
}

TEST_F(PreciseTimerTest, does_not_fire_when_it_was_cleared_or_has_gone) {
  timer->set(clock.now() + milliseconds(1));
  timer->clear();
  EXPECT_FALSE(fires_within(milliseconds(20)));
  timer->set(clock.now() + milliseconds(1));
  timer.reset();
  EXPECT_FALSE(fires_within(milliseconds(20)));
}

}  // namespace
}  // namespace apiforge::net
