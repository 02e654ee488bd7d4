// The Ledger with threads that ask at the same time.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <latch>
#include <thread>

#include "quota/ledger.hpp"
#include "quota/ledger_fixture_test.hpp"

namespace apiforge::quota {
namespace {

constexpr WallTime kDay{std::chrono::days(20'000)};

/// Threads that do what they are handed.
class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  Ledger::Execute execute() {
    return [this](std::move_only_function<void()> work) {
      {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(work));
      }
      changed_.notify_one();
      return true;
    };
  }

 private:
  void serve() {
    for (;;) {
      std::move_only_function<void()> work;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> waiting_;
  bool ended_ = false;
  std::vector<std::jthread> threads_;
};

/// Asks and waits; how many units there were.
std::int64_t take(Ledger& ledger, const LimitPtr& limit, std::int64_t units, bool exactly) {
  std::latch answered(1);
  std::int64_t granted = 0;
  ledger.take(
      {.limit = limit, .subject = "ann", .period_start = kDay, .units = units, .exactly = exactly},
      [&](const Result<BlockGrant>& grant) {
        granted = grant ? grant->units : -1;
        answered.count_down();
      });
  answered.wait();
  return granted;
}

TEST(LedgerConcurrency, ThreadsOfTwoNodesGetExactlyTheAmountTogether) {
  constexpr std::int64_t kAmount = 20'000;
  const SystemClock clock;
  storage::MemoryStore store(clock);
  const LimitPtr limit = period_limit(kAmount);
  std::atomic<std::int64_t> used = 0;
  {
    Pool pool(2);
    Ledger here(store, clock, pool.execute());
    Ledger there(store, clock, pool.execute());
    std::vector<std::jthread> callers;
    for (int i = 0; i < 6; ++i) {
      callers.emplace_back([&, i] {
        Ledger& ledger = i % 2 == 0 ? here : there;
        for (std::int64_t units = 1; units > 0;) {
          units = take(ledger, limit, 1 + i, i == 5);
          ASSERT_GE(units, 0);
          used += units;
          // Now and then some are not needed after all.
          if (units > 40 && i < 2) {
            ledger.give_back(*limit, "ann", kDay, 3);
            used -= 3;
          }
        }
      });
    }
    callers.clear();
    here.close();
    there.close();
  }
  const auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Read);
  const auto written = (*transaction)->list_usage("acme/orders", kDay, 1).value();
  EXPECT_EQ(written.at(0).used, used) << "what was handed out, and nothing else";
  EXPECT_LE(used, kAmount);
  EXPECT_GT(used, kAmount - 1'000);
}

}  // namespace
}  // namespace apiforge::quota
