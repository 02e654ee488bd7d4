// The contract of stores about threads that use them at the same time. For tests.
#pragma once
#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "storage/contract_fixture_test.hpp"

namespace apiforge::storage {

/// Runs `work(i)` on that many threads, which begin together, and waits for them.
template <class Work>
void on_threads(int count, Work work) {
  std::latch start(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

TEST_P(StoreContract, ConcurrentIncrementsLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 20;
  Record counter = session("counter");
  counter.body = "0";
  given(counter);
  on_threads(kThreads, [&](int) {
    for (int round = 0; round < kRounds; ++round) {
      const auto transaction = write();
      Record record = transaction->find(Kind::Session, "counter").value().value();
      record.body = std::to_string(std::stoi(record.body) + 1);
      ASSERT_TRUE(transaction->update(record));
      const auto end = transaction->lock_audit_end().value();
      ASSERT_TRUE(transaction->append_audit(entry(end.seq + 1)));
      ASSERT_TRUE(transaction->commit());
    }
  });
  const auto reader = read();
  EXPECT_EQ(reader->find(Kind::Session, "counter").value()->body,
            std::to_string(kThreads * kRounds));
  EXPECT_EQ(reader->list_audit({.limit = 1}).value().at(0).seq,
            static_cast<std::uint64_t>(kThreads * kRounds));
}

TEST_P(StoreContract, OfConcurrentUpdatesOfOneRevisionExactlyOneWins) {
  constexpr int kThreads = 64;
  const Record original = given(session("s1"));
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  on_threads(kThreads, [&](int i) {
    Record mine = original;
    mine.body = "{\"winner\":" + std::to_string(i) + "}";
    const auto transaction = write();
    const auto updated = transaction->update(mine);
    if (updated && transaction->commit()) {
      ++won;
    } else if (!updated && updated.error().code == ErrorCode::VersionConflict) {
      ++lost;
    }
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kThreads - 1);
}

TEST_P(StoreContract, OfConcurrentInsertsOfOneNameExactlyOneWins) {
  constexpr int kThreads = 16;
  std::atomic<int> won = 0;
  on_threads(kThreads, [&](int i) {
    Record mine = user("u" + std::to_string(i), "acme", {"ann"});
    const auto transaction = write();
    const auto inserted = transaction->insert(mine);
    if (inserted && transaction->commit()) ++won;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(read()->list(Kind::User, {}).value().size(), 1u);
}

TEST_P(StoreContract, AFollowerMissesNoChangeOfConcurrentWriters) {
  constexpr int kWriters = 4;
  constexpr int kEach = 25;
  std::atomic<bool> done = false;
  std::vector<std::string> followed;
  std::jthread follower([&] {
    std::uint64_t seen = 0;
    for (bool last = false; !last;) {
      last = done;
      const auto transaction = read();
      const auto head = transaction->revision().value();
      const std::vector kinds{Kind::Session};
      ASSERT_TRUE(transaction->for_each_change(
          kinds, seen, [&](const Record& record) { followed.push_back(record.id); }));
      seen = head;
    }
  });
  on_threads(kWriters, [&](int writer) {
    for (int i = 0; i < kEach; ++i) {
      given(session("s" + std::to_string(writer) + "-" + std::to_string(i)));
    }
  });
  done = true;
  follower.join();
  EXPECT_EQ(followed.size(), static_cast<std::size_t>(kWriters * kEach));
  EXPECT_EQ(std::set(followed.begin(), followed.end()).size(), followed.size());
}

}  // namespace apiforge::storage
