#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "quota/limit_book.hpp"
#include "quota/shared_leases.hpp"
#include "shared_state/memory_counters.hpp"

namespace apiforge::quota {
namespace {

/// The control thread's loop, run by hand.
class PostedWork {
 public:
  void post(std::move_only_function<void()> work) {
    const std::lock_guard lock(lock_);
    work_.push_back(std::move(work));
  }
  void run() {
    std::vector<std::move_only_function<void()>> work;
    {
      const std::lock_guard lock(lock_);
      work = std::exchange(work_, {});
    }
    for (auto& each : work) each();
  }

 private:
  std::mutex lock_;
  std::vector<std::move_only_function<void()>> work_;
};

LimitPtr rate_of(std::int64_t amount) {
  CompiledLimit made;
  model::Quota quota;
  quota.name = "orders";
  quota.limit = {.amount = amount, .per = std::chrono::hours(1)};
  made.rate.emplace(quota);
  made.config = std::make_shared<const model::Quota>(quota);
  made.id = "acme/orders";
  return std::make_shared<const CompiledLimit>(std::move(made));
}

TEST(SharedLeasesConcurrencyTest, each_question_of_any_thread_is_answered_once) {
  constexpr int kThreads = 4;
  constexpr int kQuestions = 2'000;
  const SimulatedClock clock;
  shared_state::MemoryCounters counters(clock);
  PostedWork control;
  std::atomic<int> answered{0};
  std::atomic<std::int64_t> units{0};
  {
    SharedLeases leases(counters, clock, [&](auto work) { control.post(std::move(work)); });
    const LimitPtr limit = rate_of(1'000);
    std::atomic<int> running{kThreads};
    std::vector<std::thread> workers;
    for (int thread = 0; thread < kThreads; ++thread) {
      workers.emplace_back([&, thread] {
        for (int i = 0; i < kQuestions; ++i) {
          leases.take({.limit = limit, .subject = "ann", .exactly = (i + thread) % 2 == 0},
                      [&](const Result<BlockGrant>& grant) {
                        answered.fetch_add(1);
                        if (grant) units.fetch_add(grant->units);
                      });
        }
        running.fetch_sub(1);
      });
    }
    while (running.load() > 0) control.run();
    for (std::thread& worker : workers) worker.join();
  }
  EXPECT_EQ(answered.load(), kThreads * kQuestions) << "the last of them by the end";
  EXPECT_LE(units.load(), 1'000);
  control.run();
  EXPECT_EQ(answered.load(), kThreads * kQuestions);
}

}  // namespace
}  // namespace apiforge::quota
