#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "auth/hashing_slots.hpp"
#include "auth/password_hasher.hpp"

namespace apiforge::auth {
namespace {

using std::chrono::milliseconds;

void until(const auto& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST(HashingSlots, TurnsAwayAtOnceWhenTooManyWait) {
  HashingSlots slots(1, 0, milliseconds(60'000));
  const auto held = slots.take();
  ASSERT_TRUE(held);
  const auto refused = slots.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TooBusy);
}

TEST(HashingSlots, TurnsAwayAfterTheLongestWait) {
  HashingSlots slots(1, 1, milliseconds(1));
  const auto held = slots.take();
  const auto refused = slots.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TooBusy);
  EXPECT_EQ(slots.waiting(), 0U);
}

TEST(HashingSlots, GivesAFreedSlotToWhoWaits) {
  HashingSlots slots(1, 1, milliseconds(60'000));
  auto held = std::make_unique<Result<HashingSlots::Slot>>(slots.take());
  std::atomic<bool> served = false;
  std::thread waiter([&] { served = slots.take().has_value(); });
  until([&] { return slots.waiting() == 1; });
  EXPECT_FALSE(slots.take()) << "one may wait, and one does";
  held.reset();
  waiter.join();
  EXPECT_TRUE(served);
  EXPECT_TRUE(slots.take()) << "the waiter gave it back";
}

TEST(HashingSlots, LetNoMoreThanTheirNumberIn) {
  HashingSlots slots(2, 8, milliseconds(60'000));
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const auto slot = slots.take();
        ASSERT_TRUE(slot);
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(slots.waiting(), 0U);
}

TEST(PasswordHasher, AnswersManyAtOnceOrSaysThatItIsBusy) {
  const PasswordHasher hasher({.memory_kib = 8, .passes = 1}, 1, 2);
  const auto hash = hasher.hash(Secret("correct horse")).value();
  std::atomic<int> right = 0;
  std::atomic<int> busy = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto answer = hasher.verify(hash, Secret("correct horse"));
        if (answer) {
          right += *answer ? 1 : 0;
        } else {
          busy += answer.error().code == ErrorCode::TooBusy ? 1 : 0;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right + busy, 8 * 50);
  EXPECT_GT(right, 0);
}

}  // namespace
}  // namespace apiforge::auth
