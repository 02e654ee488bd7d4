// LedgerTest: a Ledger over a store in memory that can be told to fail, with verbs for its tests.
// For tests; one thread.
#pragma once
#include <gmock/gmock.h>

#include <deque>

#include "quota/ledger.hpp"
#include "quota/limit_book.hpp"
#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::quota {

/// Passes on to another store and counts the transactions.
class CountingStore final : public storage::Store {
 public:
  explicit CountingStore(storage::Store& inner) : inner_(inner) {}
  Result<std::unique_ptr<storage::Transaction>> begin(storage::Scope scope,
                                                      storage::Mode mode) override {
    ++begun;
    return inner_.begin(std::move(scope), mode);
  }
  storage::StoreHealth health() override { return inner_.health(); }
  int begun = 0;

 private:
  storage::Store& inner_;
};

inline LimitPtr period_limit(std::int64_t amount, model::Period period = model::Period::Day) {
  model::Quota quota;
  quota.tenant.value = "acme";
  quota.name = "orders";
  quota.limit = {.amount = amount, .period = period};
  CompiledLimit limit;
  limit.id = "acme/orders";
  limit.config = std::make_shared<const model::Quota>(std::move(quota));
  return std::make_shared<const CompiledLimit>(std::move(limit));
}

class LedgerTest : public testing::Test {
 protected:
  static constexpr WallTime kToday{std::chrono::days(20'000)};

  LedgerTest() { clock_.set_wall(kToday + std::chrono::hours(10)); }

  /// Asks; the answer will stand in `answers_` as a number, or -1.
  void ask(std::int64_t units = 1, bool exactly = false, std::string subject = "ann") {
    ledger_->take({.limit = limit_,
                   .subject = std::move(subject),
                   .period_start = day_,
                   .units = units,
                   .exactly = exactly},
                  [this](Result<BlockGrant> grant) {
                    answers_.push_back(grant ? grant->units : -1);
                    last_ = std::move(grant);
                  });
  }
  /// Does the work that was handed to the pool, and the work that comes of it.
  void work() {
    while (!pool_.empty()) {
      auto next = std::move(pool_.front());
      pool_.pop_front();
      next();
    }
  }
  std::vector<std::int64_t> answers() { return std::exchange(answers_, {}); }
  std::int64_t take(std::int64_t units = 1, bool exactly = false) {
    ask(units, exactly);
    work();
    return answers().at(0);
  }
  void give_back(std::int64_t units) {
    ledger_->give_back(*limit_, "ann", day_, units);
    work();
  }
  /// `ann:5` for each counter of the day.
  std::vector<std::string> written() {
    std::vector<std::string> lines;
    const auto transaction = memory_.begin(storage::Scope::platform(), storage::Mode::Read);
    const auto listed = (*transaction)->list_usage("acme/orders", day_, 100);
    for (const storage::Usage& usage : listed.value()) {
      lines.push_back(usage.key.subject + ":" + std::to_string(usage.used));
    }
    return lines;
  }

  SimulatedClock clock_;
  storage::MemoryStore memory_{clock_};
  storage::FaultyStore store_{memory_};
  CountingStore counted_{store_};
  LimitPtr limit_ = period_limit(1'000);
  WallTime day_ = kToday;
  std::deque<std::move_only_function<void()>> pool_;
  bool pool_is_full_ = false;
  std::vector<std::int64_t> answers_;
  Result<BlockGrant> last_;
  // After what its answers are written to.
  std::unique_ptr<Ledger> ledger_ =
      std::make_unique<Ledger>(counted_, clock_, [this](std::move_only_function<void()> work) {
        if (pool_is_full_) return false;
        pool_.push_back(std::move(work));
        return true;
      });
};

}  // namespace apiforge::quota
