#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "base/clock.hpp"
#include "net/blocking_pool.hpp"

namespace apiforge::net {
namespace {

class BlockingPoolTest : public testing::Test {
 protected:
  Task<void> count_on_pool(int times) {
    for (int i = 0; i < times; ++i) {
      const auto work = [this] { return ++done_; };
      const auto result = co_await run_on(pool_, loop_, work);
      EXPECT_TRUE(result);
      EXPECT_TRUE(loop_.is_current());
    }
    if (--running_ == 0) loop_.stop();
  }

  Task<void> note_refusal(std::optional<ErrorCode>& out) {
    const auto work = [] { return 1; };
    const auto result = co_await run_on(pool_, loop_, work);
    if (!result) out = result.error().code;
  }

  SystemClock clock_;
  EventLoop loop_{clock_, 1};
  BlockingPool pool_{3, 64};
  std::atomic<int> done_ = 0;
  int running_ = 0;
};

TEST_F(BlockingPoolTest, CoroutinesComeBackToTheirLoop) {
  running_ = 8;
  loop_.post([this] {
    for (int i = 0; i < 8; ++i) spawn(count_on_pool(100));
  });
  loop_.run();
  EXPECT_EQ(done_, 800);
}

TEST_F(BlockingPoolTest, WhatWaitsBeyondTheBoundIsRefused) {
  BlockingPool small(1, 2);
  std::latch started(1), release(1);
  ASSERT_TRUE(small.post([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  EXPECT_TRUE(small.post([this] { ++done_; }));
  EXPECT_TRUE(small.post([this] { ++done_; }));
  EXPECT_FALSE(small.post([this] { ++done_; }));
  release.count_down();
  small.stop();
  EXPECT_EQ(done_, 2);
}

TEST_F(BlockingPoolTest, ARefusedCoroutineIsToldAtOnce) {
  pool_.stop();
  std::optional<ErrorCode> code;
  spawn(note_refusal(code));
  EXPECT_EQ(code, ErrorCode::TooBusy);
}

}  // namespace
}  // namespace apiforge::net
