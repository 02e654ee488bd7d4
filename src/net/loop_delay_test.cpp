#include "net/loop_delay.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "net/event_loop.hpp"

namespace apiforge::net {
namespace {

class LoopDelayTest : public testing::Test {
 protected:
  void run() {
    for (int i = 0; i < 5; ++i) loop_.poll();
  }

  SimulatedClock clock_;
  EventLoop loop_{clock_, 1};
  std::optional<std::chrono::nanoseconds> measured_;
  int measurements_ = 0;
  LoopDelay delay_{loop_, [this](std::chrono::nanoseconds delay, MonotonicTime) {
                     measured_ = delay;
                     ++measurements_;
                   }};
};

TEST_F(LoopDelayTest, is_how_long_the_loop_is_busy_with_other_things) {
  delay_.measure();
  clock_.advance(std::chrono::milliseconds(7));
  EXPECT_FALSE(measured_) << "never from within measure";
  run();
  EXPECT_EQ(measured_, std::chrono::milliseconds(7));
}

TEST_F(LoopDelayTest, is_measured_again_and_again) {
  for (int i = 1; i <= 100; ++i) {
    delay_.measure();
    clock_.advance(std::chrono::milliseconds(i));
    run();
    ASSERT_EQ(measured_, std::chrono::milliseconds(i));
  }
  EXPECT_EQ(measurements_, 100);
}

TEST_F(LoopDelayTest, is_measured_once_at_a_time) {
  delay_.measure();
  clock_.advance(std::chrono::milliseconds(3));
  delay_.measure();
  run();
  EXPECT_EQ(measured_, std::chrono::milliseconds(3));
  EXPECT_EQ(measurements_, 1);
}

TEST_F(LoopDelayTest, tells_nobody_who_is_gone) {
  {
    LoopDelay short_lived(loop_, [this](auto, auto) { ++measurements_; });
    short_lived.measure();
  }
  run();
  EXPECT_EQ(measurements_, 0);
}

}  // namespace
}  // namespace apiforge::net
