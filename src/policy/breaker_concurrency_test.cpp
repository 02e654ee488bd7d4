// One Breaker, and many threads that call through it: what holds for one worker holds for all.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "policy/breaker.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr int kThreads = 4;
constexpr MonotonicTime kBreakerStart{hours(1)};

template <typename Work>
void on_all_threads(Work work) {
  std::barrier start(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

TEST(BreakerConcurrencyTest, opens_once_and_is_told_once) {
  for (int round = 0; round < 100; ++round) {
    model::BreakerRule rule;
    rule.minimum_calls = 20;
    const auto breaker = std::make_shared<Breaker>(rule);
    std::atomic<int> told{0};
    std::atomic<int> made{0};
    on_all_threads([&](int) {
      for (int i = 0; i < 200; ++i) {
        auto acquired = breaker->acquire(kBreakerStart);
        if (!acquired.permit) continue;
        made.fetch_add(1);
        if (acquired.permit.settle({.failed = true}, kBreakerStart)) told.fetch_add(1);
      }
    });
    EXPECT_EQ(told.load(), 1);
    EXPECT_EQ(breaker->read(kBreakerStart).state, BreakerState::Open);
    EXPECT_GE(made.load(), 20);
    EXPECT_LE(made.load(), 20 + kThreads - 1) << "beside those that were under way";
  }
}

TEST(BreakerConcurrencyTest, a_ring_that_threads_share_adds_up) {
  OutcomeWindow window({model::WindowKind::Count, 7});
  on_all_threads([&](int thread) {
    for (int i = 0; i < 20'000; ++i) {
      const Tally tally = window.record(1, {.failed = (i + thread) % 2 == 0}, kBreakerStart);
      // Calls of others may be between their slot and the totals.
      ASSERT_LE(tally.calls, 7u + kThreads);
    }
  });
  EXPECT_EQ(window.read(1, kBreakerStart).calls, 7u);
  for (int i = 0; i < 7; ++i) window.record(1, {.failed = true}, kBreakerStart);
  EXPECT_EQ(window.read(1, kBreakerStart).failures, 7u);
}

TEST(BreakerConcurrencyTest, a_window_of_time_loses_no_call) {
  OutcomeWindow window({model::WindowKind::Time, 60'000});
  on_all_threads([&](int) {
    for (int i = 0; i < 2'000; ++i)
      window.record(1, {.slow = true}, kBreakerStart + milliseconds(i));
  });
  EXPECT_EQ(window.read(1, kBreakerStart + milliseconds(2'000)).slow, 2'000u * kThreads);
}

TEST(BreakerConcurrencyTest, probes_are_bounded_and_whole_under_any_ends) {
  model::BreakerRule rule;
  rule.minimum_calls = 1;
  rule.window.size = 1;
  rule.half_open_calls = 3;
  const auto breaker = std::make_shared<Breaker>(rule);
  std::atomic<std::int64_t> changes{0};
  on_all_threads([&](int thread) {
    Random random(static_cast<std::uint64_t>(thread) + 1);
    MonotonicTime now = kBreakerStart;
    for (int i = 0; i < 20'000; ++i) {
      now += milliseconds(random.below(500));
      auto acquired = breaker->acquire(now);
      if (acquired.change) changes.fetch_add(1);
      ASSERT_LE(breaker->read(now).probes, 3u);
      if (random.below(3) == 0) continue;  // cancelled
      if (acquired.permit.settle({random.below(3) == 0}, now)) changes.fetch_add(1);
      if (random.below(1'000) == 0 && breaker->order(Breaker::Order::Reset)) {
        changes.fetch_add(1);
      }
    }
  });
  const MonotonicTime end = kBreakerStart + hours(24);
  EXPECT_EQ(breaker->read(end).probes, 0u);
  EXPECT_GT(changes.load(), 100);
  EXPECT_TRUE(breaker->would_admit(end)) << "never stuck";
}

}  // namespace
}  // namespace apiforge::policy
