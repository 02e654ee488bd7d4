// Workers that share one table: nothing is admitted twice, nothing is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "quota/limit_fixture.hpp"

namespace apiforge::quota {
namespace {

constexpr int kWorkers = 8;
constexpr MonotonicTime kNow{std::chrono::hours(1)};
constexpr WallTime kWall{seconds(1'700'000'000)};

/// A worker's thread as far as the Limiter sees it: work comes in from others, calls wait.
class Worker final : public LimitWaiter {
 public:
  Worker(LimitTable& table, const std::shared_ptr<const LimitBook>& book,
         BlockSource* durable = nullptr)
      : limiter_({.table = table,
                  .durable = durable,
                  .post = [this](auto work) { post(std::move(work)); },
                  .now = [this] { return now_; }}) {
    limiter_.use(book);
  }
  void on_turn() override { told_ = true; }

  Ruling call(const Subject& subject, const Costs& costs, Holding& holding) {
    Verdict verdict = limiter_.admit(subject, costs, now_, kWall, holding);
    while (verdict.ruling == Ruling::Wait) {
      told_ = false;
      if (!limiter_.enqueue(verdict, subject, now_, now_ + seconds(60), *this)) break;
      while (!told_) run_one();
      verdict = limiter_.admit(subject, costs, now_, kWall, holding, true);
    }
    return verdict.ruling;
  }
  void pass(std::chrono::nanoseconds time) { now_ += time; }

 private:
  void post(std::move_only_function<void()> work) {
    const std::lock_guard lock(lock_);
    work_.push_back(std::move(work));
    more_.notify_one();
  }
  void run_one() {
    std::unique_lock lock(lock_);
    more_.wait(lock, [this] { return !work_.empty(); });
    auto work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
  }

  std::mutex lock_;
  std::condition_variable more_;
  std::deque<std::move_only_function<void()>> work_;
  bool told_ = false;
  MonotonicTime now_ = kNow;
  Limiter limiter_;
};

/// A store on a thread of its own.
class StoreThread final : public BlockSource {
 public:
  explicit StoreThread(std::int64_t units) : left_(units), thread_([this] { run(); }) {}
  ~StoreThread() override { stop(); }
  void take(BlockRequest request, OnGrant done) override {
    const std::lock_guard lock(lock_);
    asked_.emplace_back(std::move(request), std::move(done));
    more_.notify_one();
  }
  void give_back(const CompiledLimit& /*limit*/, std::string_view /*subject*/,
                 WallTime /*period_start*/, std::int64_t units) override {
    const std::lock_guard lock(lock_);
    left_ += units;
    returned_ += units;
  }
  std::int64_t returned() {
    const std::lock_guard lock(lock_);
    return returned_;
  }
  /// Answers what was asked, and ends.
  std::int64_t stop() {
    {
      const std::lock_guard lock(lock_);
      stopping_ = true;
      more_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    return left_;
  }

 private:
  void run() {
    std::unique_lock lock(lock_);
    while (true) {
      more_.wait(lock, [this] { return stopping_ || !asked_.empty(); });
      if (asked_.empty()) return;
      auto [request, done] = std::move(asked_.front());
      asked_.pop_front();
      const std::int64_t units = std::min(left_, request.units);
      left_ -= units;
      const BlockGrant grant{.units = units, .retry_after = seconds(60), .left_behind = left_};
      lock.unlock();
      done(grant);
      lock.lock();
    }
  }

  std::mutex lock_;
  std::condition_variable more_;
  std::deque<std::pair<BlockRequest, OnGrant>> asked_;
  std::int64_t left_;
  std::int64_t returned_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

template <class Work>
void on_all_workers(const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

/// How many of 1'000 calls at once are admitted; what they hold is kept to the end.
int admitted_of_a_thousand(const std::vector<model::Quota>& quotas, const Costs& costs,
                           BlockSource* durable = nullptr, LimitTable* shared_table = nullptr) {
  LimitTable own;
  LimitTable& table = shared_table == nullptr ? own : *shared_table;
  const auto book = book_of(quotas);
  std::atomic<int> admitted{0};
  on_all_workers([&](int number) {
    Worker worker(table, book, durable);
    std::vector<Holding> held(1'000 / kWorkers);
    for (Holding& holding : held) {
      const auto fingerprint = static_cast<std::uint64_t>(number % 2);
      if (worker.call(caller("k", fingerprint), costs, holding) != Ruling::Admitted) continue;
      ++admitted;
      holding.settle(costs);
    }
  });
  return admitted;
}

TEST(LimiterConcurrency, a_budget_for_a_hundred_admits_exactly_a_hundred_of_a_thousand) {
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(
        admitted_of_a_thousand({period_quota("money", 500, model::LimitUnit::Usd)}, {.usd = {5}}),
        100);
  }
}

TEST(LimiterConcurrency, a_rate_for_a_hundred_admits_exactly_a_hundred_of_a_thousand) {
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(admitted_of_a_thousand({rate_quota("r", 100, std::chrono::hours(1))}, {}), 100);
  }
}

TEST(LimiterConcurrency, a_durable_budget_admits_exactly_what_the_store_has) {
  for (int round = 0; round < 50; ++round) {
    StoreThread store(100);
    LimitTable table;
    EXPECT_EQ(admitted_of_a_thousand({period_quota("day", 100)}, {}, &store, &table), 100);
    table.give_back_blocks(&store, nullptr);
    EXPECT_EQ(store.stop(), 0);
  }
}

TEST(LimiterConcurrency, in_a_table_that_is_too_small_no_unit_is_lost_and_none_is_used_twice) {
  constexpr std::int64_t kUnits = 20'000;
  constexpr std::uint64_t kCallers = 400;
  constexpr std::uint64_t kCallsOfAWorker = 1'000;
  StoreThread store(kUnits);
  LimitTable table({.callers_max = 1'000});
  model::Quota quota = period_quota("day", 1'000'000);
  quota.match.key = "*";
  const auto book = book_of({quota});
  std::atomic<std::int64_t> admitted{0};
  on_all_workers([&](int number) {
    Worker worker(table, book, &store);
    for (std::uint64_t i = 0; i < kCallsOfAWorker; ++i) {
      const std::uint64_t who = (i * 7 + static_cast<std::uint64_t>(number) * 13) % kCallers;
      const std::string key = std::to_string(who);
      Holding holding;
      if (worker.call(caller(key, who + 1), {}, holding) == Ruling::Admitted) ++admitted;
      holding.settle({});
      worker.pass(milliseconds(1));
    }
  });
  EXPECT_GT(store.returned(), 0) << "some made room for others";
  EXPECT_EQ(admitted.load(), kWorkers * static_cast<std::int64_t>(kCallsOfAWorker));
  table.give_back_blocks(&store, nullptr);
  EXPECT_EQ(store.stop(), kUnits - admitted.load());
}

TEST(LimiterConcurrency, what_a_lost_race_took_from_one_limit_goes_back) {
  LimitTable table;
  const model::Quota wide = rate_quota("wide", 2'000, std::chrono::hours(1));
  EXPECT_EQ(admitted_of_a_thousand(
                {wide, rate_quota("narrow", 100, std::chrono::hours(1)), period_quota("day", 150)},
                {}, nullptr, &table),
            100);
  Worker worker(table, book_of({wide}));
  int left = 0;
  for (int i = 0; i < 3'000; ++i) {
    Holding holding;
    left += worker.call(caller("k", 1), {}, holding) == Ruling::Admitted ? 1 : 0;
  }
  EXPECT_EQ(left, 1'900);
}

TEST(LimiterConcurrency, places_are_never_more_than_there_are_and_all_come_back) {
  LimitTable table;
  const auto book = book_of({running_quota("n", 5)});
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  on_all_workers([&](int /*number*/) {
    Worker worker(table, book);
    for (int i = 0; i < 2'000; ++i) {
      Holding holding;
      if (worker.call(caller("k", 1), {}, holding) != Ruling::Admitted) continue;
      const int now_running = ++running;
      int seen = most.load();
      while (seen < now_running && !most.compare_exchange_weak(seen, now_running)) {
      }
      --running;
      holding.release();
    }
  });
  EXPECT_LE(most.load(), 5);
  Worker worker(table, book);
  std::vector<Holding> held(6);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(worker.call(caller("k", 1), {}, held[static_cast<std::size_t>(i)]), Ruling::Admitted);
  }
  EXPECT_EQ(worker.call(caller("k", 1), {}, held[5]), Ruling::Refused);
}

TEST(LimiterConcurrency, each_caller_has_one_counter_however_many_workers_make_it_at_once) {
  LimitTable table({.callers_max = 20'000});
  std::atomic<int> lost{0};
  on_all_workers([&](int /*number*/) {
    for (std::uint64_t caller = 1; caller <= 10'000; ++caller) {
      const std::uint64_t key = caller * 0x9e3779b97f4a7c15 & ~std::uint64_t{1};
      while (true) {
        LimitCell* const cell = table.find_or_make(key, kNow);
        if (cell == nullptr) {
          ++lost;
          break;
        }
        const auto seen = LimitTable::read(*cell, key);
        if (seen && LimitTable::exchange(*cell, key, *seen, seen->value + 1, kNow + seconds(9))) {
          break;
        }
      }
      if (caller % 64 == 0) table.forget_idle(kNow, 512);
    }
  });
  EXPECT_EQ(lost.load(), 0);
  EXPECT_EQ(table.usage().counters, 10'000U);
  for (std::uint64_t caller = 1; caller <= 10'000; ++caller) {
    const std::uint64_t key = caller * 0x9e3779b97f4a7c15 & ~std::uint64_t{1};
    ASSERT_EQ(LimitTable::read(*table.find(key), key)->value, std::uint64_t{kWorkers});
  }
}

TEST(LimiterConcurrency, cells_that_change_hands_under_load_never_mix_counters) {
  LimitTable table({.callers_max = 64});
  std::atomic<std::int64_t> clock{kNow.time_since_epoch().count()};
  std::atomic<int> mixed{0};
  on_all_workers([&](int number) {
    // Each caller belongs to one worker and writes a value that tells the two.
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
      const MonotonicTime now{std::chrono::nanoseconds(clock.fetch_add(50'000'000))};
      const std::uint64_t owner = static_cast<std::uint64_t>(number) * 100 + i % 50 + 1;
      const std::uint64_t key = owner * 0x9e3779b97f4a7c15 & ~std::uint64_t{1};
      LimitCell* const cell = table.find_or_make(key, now);
      if (cell == nullptr) continue;
      const auto seen = LimitTable::read(*cell, key);
      if (!seen) continue;
      if (seen->value != 0 && seen->value != owner) ++mixed;
      LimitTable::exchange(*cell, key, *seen, owner, now + milliseconds(10));
    }
  });
  EXPECT_EQ(mixed.load(), 0);
}

}  // namespace
}  // namespace apiforge::quota
