// What tests of limits share: quotas in one line, callers, a source of blocks that answers when it
// is told to, and a worker with a Limiter. One thread.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quota/block_table.hpp"
#include "quota/limit_counts.hpp"
#include "quota/limiter.hpp"

namespace apiforge::quota {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline model::Quota rate_quota(std::string name, std::int64_t amount, milliseconds per = seconds(1),
                               model::LimitUnit unit = model::LimitUnit::Requests) {
  model::Quota quota;
  quota.name = std::move(name);
  quota.limit = {.unit = unit, .amount = amount, .per = per};
  return quota;
}

inline model::Quota period_quota(std::string name, std::int64_t amount,
                                 model::LimitUnit unit = model::LimitUnit::Requests) {
  model::Quota quota;
  quota.name = std::move(name);
  quota.limit = {.unit = unit, .amount = amount, .period = model::Period::Day};
  return quota;
}

inline model::Quota running_quota(std::string name, std::int64_t amount) {
  model::Quota quota;
  quota.name = std::move(name);
  quota.limit = {.unit = model::LimitUnit::Concurrent, .amount = amount};
  return quota;
}

inline std::shared_ptr<const LimitBook> book_of(const std::vector<model::Quota>& quotas,
                                                std::uint32_t default_rate = 0,
                                                const LimitBook* previous = nullptr) {
  std::vector<std::shared_ptr<const model::Quota>> shared;
  for (const model::Quota& quota : quotas) {
    shared.push_back(std::make_shared<const model::Quota>(quota));
  }
  return LimitBook::compile(shared, default_rate, previous);
}

inline Subject caller(std::string_view key, std::uint64_t fingerprint = 0) {
  return {.tenant = "acme",
          .user = "joe",
          .key = key,
          .client = "10.0.0.1",
          .api = "binance",
          .version = "v3",
          .method = "GET",
          .path = "/orders/1",
          .fingerprint = fingerprint};
}

/// Keeps counters as a store would, and answers when `answer` is called.
class FakeSource final : public BlockSource {
 public:
  explicit FakeSource(std::int64_t units) : units_(units) {}

  void take(BlockRequest request, OnGrant done) override {
    ++asked;
    waiting_.emplace_back(std::move(request), std::move(done));
  }
  void give_back(const CompiledLimit& /*limit*/, std::string_view subject,
                 WallTime /*period_start*/, std::int64_t units) override {
    used_[std::string(subject)] -= units;
    given_back += units;
  }
  std::uint32_t nodes() const override { return node_count; }

  /// Answers all that was asked so far; how many.
  std::size_t answer() {
    std::size_t answered = 0;
    for (auto waiting = std::exchange(waiting_, {}); !waiting.empty(); waiting.pop_front()) {
      auto& [request, done] = waiting.front();
      done(grant(request));
      ++answered;
    }
    return answered;
  }
  std::int64_t used(const std::string& subject) { return used_[subject]; }

  bool away = false;
  std::int64_t block = 1;  ///< given at once, when there is so much
  std::uint32_t node_count = 1;
  std::chrono::nanoseconds retry_after{seconds(5)};
  MonotonicTime valid_until = MonotonicTime::max();
  std::int64_t given_back = 0;
  std::size_t asked = 0;

 private:
  Result<BlockGrant> grant(const BlockRequest& request) {
    if (away) return fail(ErrorCode::StorageUnavailable);
    std::int64_t& used = used_[request.subject];
    const std::int64_t left = std::max<std::int64_t>(units_ - used, 0);
    const std::int64_t wanted = request.exactly ? request.units : std::max(request.units, block);
    std::int64_t units = std::min(left, wanted);
    if (request.exactly && units < request.units) units = 0;
    used += units;
    return BlockGrant{.units = units,
                      .valid_until = valid_until,
                      .retry_after = retry_after,
                      .left_behind = left - units};
  }

  std::int64_t units_;
  std::map<std::string, std::int64_t> used_;
  std::deque<std::pair<BlockRequest, OnGrant>> waiting_;
};

class LimiterTest : public testing::Test {
 protected:
  void given(const std::vector<model::Quota>& quotas, std::uint32_t default_rate = 0) {
    book_ = book_of(quotas, default_rate, book_.get());
    if (limiter_ == nullptr) limiter_ = make_limiter();
    limiter_->use(book_);
  }
  std::unique_ptr<Limiter> make_limiter() {
    return std::make_unique<Limiter>(
        Limiter::Needs{.table = table_,
                       .durable = durable_,
                       .shared = shared_,
                       .post = [this](auto work) { posted_.push_back(std::move(work)); },
                       .now = [this] { return clock_.now(); }});
  }
  Verdict admit(const Subject& subject, Holding& holding, const Costs& costs = {},
                bool queued = false) {
    return limiter_->admit(subject, costs, clock_.now(), clock_.wall(), holding, queued);
  }
  /// The ruling on a call that ends at once, having used what it reserved.
  Ruling call(const Subject& subject, const Costs& costs = {}) {
    Holding holding;
    const Ruling ruling = admit(subject, holding, costs).ruling;
    holding.settle(costs);
    return ruling;
  }
  int admitted_of(int calls, const Subject& subject, const Costs& costs = {}) {
    int admitted = 0;
    for (int i = 0; i < calls; ++i) admitted += call(subject, costs) == Ruling::Admitted ? 1 : 0;
    return admitted;
  }
  Verdict look(const Subject& subject, const Costs& costs = {}) {
    return limiter_->look(subject, costs, clock_.now(), clock_.wall());
  }
  /// What the loop of the worker would do.
  void run_posted() {
    while (!posted_.empty()) {
      auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
  }
  void tick(std::chrono::nanoseconds by = milliseconds(20)) {
    clock_.advance(by);
    limiter_->tend(clock_.now(), clock_.wall());
    run_posted();
  }
  /// What the control thread would do, until it has looked at all counters.
  void sweep() {
    table_.forget_idle(clock_.now(), 100'000);
    for (int part = 0; part < 64; ++part) {
      table_.blocks().forget_idle(clock_.now(), clock_.wall(), durable_, shared_);
    }
  }
  LimitReading counts(std::size_t index = 0) { return read_limits(*book_).at(index); }

  SimulatedClock clock_;
  LimitTable table_{{.callers_max = 10'000}};
  FakeSource* durable_ = nullptr;
  FakeSource* shared_ = nullptr;
  std::shared_ptr<const LimitBook> book_;
  std::deque<std::move_only_function<void()>> posted_;
  std::unique_ptr<Limiter> limiter_;
};

}  // namespace apiforge::quota
