// Two loops on two threads at once; meant for the thread sanitizer.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "net/hop.hpp"

namespace apiforge::net {
namespace {

// Counts back and forth between two loops; `total` is touched on the thread of `there` only.
Task<void> count_over_there(EventLoop& there, EventLoop& here, int rounds, std::uint64_t& total,
                            std::atomic<int>& ended) {
  for (int i = 0; i < rounds; ++i) {
    auto add = [&there, &total] {
      EXPECT_TRUE(there.is_current());
      return ++total;
    };
    const std::uint64_t seen = co_await run_on(there, here, add);
    EXPECT_GT(seen, 0U);
    EXPECT_TRUE(here.is_current());
  }
  ended.fetch_add(1);
}

TEST(HopConcurrency, carries_work_and_its_result_between_two_threads) {
  constexpr int kCoroutines = 8;
  constexpr int kRounds = 2'000;
  const SystemClock clock;
  EventLoop here(clock, 1);
  EventLoop there(clock, 2);
  std::uint64_t total_there = 0;
  std::uint64_t total_here = 0;
  std::atomic<int> ended = 0;
  std::thread first([&] { here.run(); });
  std::thread second([&] { there.run(); });
  here.post([&] {
    for (int i = 0; i < kCoroutines; ++i) {
      spawn(count_over_there(there, here, kRounds, total_there, ended));
    }
  });
  there.post([&] {
    for (int i = 0; i < kCoroutines; ++i) {
      spawn(count_over_there(here, there, kRounds, total_here, ended));
    }
  });
  while (ended.load() < 2 * kCoroutines) std::this_thread::yield();
  here.stop();
  there.stop();
  first.join();
  second.join();
  here.run_out();
  there.run_out();
  EXPECT_EQ(total_there, std::uint64_t{kCoroutines} * kRounds);
  EXPECT_EQ(total_here, std::uint64_t{kCoroutines} * kRounds);
}

TEST(EventLoopConcurrency, runs_what_any_thread_posts_in_the_order_of_that_thread) {
  constexpr int kThreads = 3;
  constexpr int kPosts = 5'000;
  const SystemClock clock;
  EventLoop loop(clock, 1);
  std::array<int, kThreads> last{};
  std::atomic<int> done = 0;
  std::thread runner([&] { loop.run(); });
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t) {
    posters.emplace_back([&, t] {
      for (int i = 1; i <= kPosts; ++i) {
        loop.post([&last, &done, t, i] {
          EXPECT_EQ(last[static_cast<std::size_t>(t)] + 1, i);
          last[static_cast<std::size_t>(t)] = i;
          done.fetch_add(1);
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  while (done.load() < kThreads * kPosts) std::this_thread::yield();
  loop.stop();
  runner.join();
}

TEST(EventLoopConcurrency, can_be_stopped_from_another_thread_while_it_is_busy) {
  const SystemClock clock;
  for (int round = 0; round < 50; ++round) {
    EventLoop loop(clock, 1);
    std::atomic<bool> ran = false;
    std::thread runner([&] { loop.run(); });
    loop.post([&] { ran = true; });
    while (!ran) std::this_thread::yield();
    loop.stop();
    runner.join();
  }
}

}  // namespace
}  // namespace apiforge::net
