#include "quota/shared_leases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "quota/block_size.hpp"
#include "quota/limit_book.hpp"

namespace apiforge::quota {
namespace {

using shared_state::Lease;
using shared_state::SharedRate;

/// Counters that are remembered to have nothing. One that is not is asked for in vain.
constexpr std::size_t kMaxRemembered = 100'000;
constexpr std::size_t kFirstSweep = 1'024;

struct Waiter {
  std::int64_t units = 1;
  BlockSource::OnGrant done;
};

struct Arrival {
  BlockRequest request;
  BlockSource::OnGrant done;
};

/// What is known of a counter while it is asked for, or has nothing.
struct Counter {
  LimitPtr limit;  ///< the newest that was asked for
  bool under_way = false;
  std::vector<Waiter> asked;    ///< for whom it is being asked
  std::vector<Waiter> waiting;  ///< came later
  LimitPtr empty_under;         ///< nothing was left of this limit; null: not known
  MonotonicTime empty_until{};
  std::int64_t empty_for = 0;  ///< so many units or more
};

/// Whether the store would say the same under both. Each change of the configuration makes new
/// limits, also of quotas that stay as they are.
bool are_alike(const CompiledLimit& left, const CompiledLimit& right) {
  return left.config->limit == right.config->limit &&
         left.config->algorithm == right.config->algorithm;
}

std::string counter_key(const CompiledLimit& limit, std::string_view subject) {
  return fmt::format("{}:{}", limit.id, subject);
}

SharedRate shared_rate(const CompiledLimit& limit, std::string key) {
  return {.key = std::move(key),
          .amount = limit.rate->amount(),
          .per = limit.rate->per(),
          .burst = limit.rate->limit(),
          .algorithm = limit.config->algorithm};
}

/// The time in which a rate brings so many units, at least a millisecond.
std::chrono::nanoseconds time_of(const policy::RateRule& rate, std::int64_t units) {
  const std::chrono::duration<double> per = rate.per();
  const auto time = per * (static_cast<double>(units) / static_cast<double>(rate.amount()));
  const std::chrono::duration<double> most = std::chrono::hours(1);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::clamp<std::chrono::duration<double>>(time, std::chrono::milliseconds(1), most));
}

BlockGrant grant_of(const Lease& lease, MonotonicTime asked_at, MonotonicTime now) {
  // Counted from the question: a late answer must not make units last longer than the store means.
  return {.units = lease.units,
          .valid_until = asked_at + lease.valid_for,
          .answered_at = now,
          .retry_after = lease.retry_after};
}

Error closed() {
  return {ErrorCode::StorageUnavailable, {}, "the leases are closed"};
}

void refuse(std::vector<Waiter>& waiters, const Error& error) {
  for (Waiter& waiter : std::exchange(waiters, {})) waiter.done(std::unexpected(error));
}

/// In the order in which they came; what is over goes to the first, since all of them fill the same
/// counter of this process.
void share_out(std::vector<Waiter> waiters, const BlockGrant& all, const policy::RateRule& rate) {
  std::int64_t needed = 0;
  for (const Waiter& waiter : waiters) needed += waiter.units;
  std::int64_t over = std::max<std::int64_t>(all.units - needed, 0);
  std::int64_t left = all.units - over;
  for (Waiter& waiter : waiters) {
    BlockGrant grant = all;
    grant.units = std::min(waiter.units, left);
    left -= grant.units;
    grant.units += std::exchange(over, 0);
    if (grant.units == 0 && grant.retry_after <= std::chrono::nanoseconds(0)) {
      grant.retry_after = time_of(rate, waiter.units);
    }
    waiter.done(grant);
  }
}

}  // namespace

struct SharedLeases::State : std::enable_shared_from_this<SharedLeases::State> {
  State(shared_state::SharedCounters& from, const Clock& of)
      : counters(from), clock(of), nodes(from.nodes()) {}

  /// What came from the workers since the last time.
  void take_arrivals();
  void take(BlockRequest request, OnGrant done);
  void take_exactly(std::string key, const BlockRequest& request, OnGrant done);
  void on_exact_answer(std::uint64_t question, const std::string& key, const BlockRequest& asked,
                       MonotonicTime asked_at, Result<Lease> answer);
  void ask(const std::string& key);
  void on_answer(const std::string& key, const LimitPtr& asked_under, MonotonicTime asked_at,
                 Result<Lease> answer);
  /// Notes that there is nothing for who wants so many.
  void remember(const std::string& key, const LimitPtr& limit, std::int64_t units,
                std::chrono::nanoseconds retry_after);
  void sweep();
  /// Refuses all that was asked and not answered, and what comes later.
  void close();

  shared_state::SharedCounters& counters;
  const Clock& clock;
  std::unordered_map<std::string, Counter> known;
  std::size_t sweep_at = kFirstSweep;
  std::unordered_map<std::uint64_t, OnGrant> exact;  ///< who waits, by the number of the question
  std::uint64_t last_question = 0;
  std::atomic<std::uint32_t> nodes;

  std::mutex arrivals_lock;
  std::vector<Arrival> arrivals;  ///< that the control thread has not seen yet
  bool is_closed = false;
};

void SharedLeases::State::take_arrivals() {
  std::vector<Arrival> all;
  {
    const std::lock_guard lock(arrivals_lock);
    all = std::exchange(arrivals, {});
  }
  for (Arrival& arrival : all) take(std::move(arrival.request), std::move(arrival.done));
}

void SharedLeases::State::take(BlockRequest request, OnGrant done) {
  nodes.store(counters.nodes(), std::memory_order_relaxed);
  std::string key = counter_key(*request.limit, request.subject);
  const auto found = known.find(key);
  if (found != known.end() && found->second.empty_under != nullptr &&
      are_alike(*found->second.empty_under, *request.limit) &&
      request.units >= found->second.empty_for) {
    const auto left = found->second.empty_until - clock.now();
    if (left > std::chrono::nanoseconds(0)) {
      return done(BlockGrant{.retry_after = left});
    }
  }
  if (request.exactly) return take_exactly(std::move(key), request, std::move(done));
  Counter& counter = known[key];
  // A worker that has not heard of a change yet does not undo it for the others.
  if (counter.limit == nullptr || counter.limit->revision <= request.limit->revision) {
    counter.limit = std::move(request.limit);
  }
  counter.waiting.push_back({request.units, std::move(done)});
  if (!counter.under_way) ask(key);
}

void SharedLeases::State::take_exactly(std::string key, const BlockRequest& request, OnGrant done) {
  const SharedRate rate = shared_rate(*request.limit, key);
  const std::uint64_t question = ++last_question;
  exact.emplace(question, std::move(done));
  counters.lease(rate, request.units, true,
                 [weak = weak_from_this(), question, key = std::move(key), request,
                  asked_at = clock.now()](Result<Lease> answer) {
                   if (const auto state = weak.lock()) {
                     state->on_exact_answer(question, key, request, asked_at, std::move(answer));
                   }
                 });
}

void SharedLeases::State::on_exact_answer(std::uint64_t question, const std::string& key,
                                          const BlockRequest& asked, MonotonicTime asked_at,
                                          Result<Lease> answer) {
  const auto found = exact.find(question);
  if (found == exact.end()) return;
  OnGrant done = std::move(found->second);
  exact.erase(found);
  if (!answer) return done(std::unexpected(std::move(answer.error())));
  if (answer->units == 0) remember(key, asked.limit, asked.units, answer->retry_after);
  done(grant_of(*answer, asked_at, clock.now()));
}

void SharedLeases::State::ask(const std::string& key) {
  Counter& counter = known.at(key);
  counter.under_way = true;
  counter.asked = std::exchange(counter.waiting, {});
  std::int64_t needed = 0;
  for (const Waiter& waiter : counter.asked) needed += waiter.units;
  const std::int64_t units = lease_units(*counter.limit->rate, counters.nodes(), needed);
  counters.lease(shared_rate(*counter.limit, key), units, false,
                 [weak = weak_from_this(), key, limit = counter.limit,
                  asked_at = clock.now()](Result<Lease> answer) {
                   if (const auto state = weak.lock()) {
                     state->on_answer(key, limit, asked_at, std::move(answer));
                   }
                 });
}

void SharedLeases::State::on_answer(const std::string& key, const LimitPtr& asked_under,
                                    MonotonicTime asked_at, Result<Lease> answer) {
  const auto found = known.find(key);
  if (found == known.end()) return;
  Counter& counter = found->second;
  counter.under_way = false;
  std::vector<Waiter> asked = std::exchange(counter.asked, {});
  std::vector<Waiter> late;
  const bool changed = !are_alike(*asked_under, *counter.limit);
  if (answer && (answer->units > 0 || changed) && !counter.waiting.empty()) {
    ask(key);
  } else {
    // The store would say the same to those who came meanwhile.
    late = std::exchange(counter.waiting, {});
    known.erase(found);
    if (answer && answer->units == 0) remember(key, asked_under, 1, answer->retry_after);
  }
  // Last, since whoever is told may ask again.
  if (!answer) {
    refuse(asked, answer.error());
    return refuse(late, answer.error());
  }
  const BlockGrant all = grant_of(*answer, asked_at, clock.now());
  share_out(std::move(asked), all, *asked_under->rate);
  share_out(std::move(late), all, *asked_under->rate);
}

void SharedLeases::State::remember(const std::string& key, const LimitPtr& limit,
                                   std::int64_t units, std::chrono::nanoseconds retry_after) {
  if (known.size() >= sweep_at) sweep();
  if (known.size() >= kMaxRemembered && !known.contains(key)) return;
  Counter& counter = known[key];
  const MonotonicTime now = clock.now();
  const bool still_empty = counter.empty_until > now && counter.empty_under != nullptr &&
                           are_alike(*counter.empty_under, *limit);
  counter.empty_under = limit;
  counter.empty_for = still_empty ? std::min(counter.empty_for, units) : units;
  counter.empty_until = now + retry_after;
}

void SharedLeases::State::sweep() {
  const MonotonicTime now = clock.now();
  std::erase_if(known, [&](const auto& entry) {
    return !entry.second.under_way && entry.second.empty_until <= now;
  });
  sweep_at = std::max(kFirstSweep, 2 * known.size());
}

void SharedLeases::State::close() {
  std::vector<Arrival> unseen;
  {
    const std::lock_guard lock(arrivals_lock);
    is_closed = true;
    unseen = std::exchange(arrivals, {});
  }
  const Error gone = closed();
  for (auto& [key, counter] : std::exchange(known, {})) {
    refuse(counter.asked, gone);
    refuse(counter.waiting, gone);
  }
  for (auto& [question, done] : std::exchange(exact, {})) done(std::unexpected(gone));
  for (Arrival& arrival : unseen) arrival.done(std::unexpected(gone));
}

SharedLeases::SharedLeases(shared_state::SharedCounters& counters, const Clock& clock, Post post)
    : post_(std::move(post)), state_(std::make_shared<State>(counters, clock)) {}

SharedLeases::~SharedLeases() {
  state_->close();
}

void SharedLeases::take(BlockRequest request, OnGrant done) {
  bool is_first = false;
  bool is_closed = false;
  {
    const std::lock_guard lock(state_->arrivals_lock);
    is_closed = state_->is_closed;
    is_first = state_->arrivals.empty();
    if (!is_closed) state_->arrivals.push_back({std::move(request), std::move(done)});
  }
  if (is_closed) return done(std::unexpected(closed()));
  if (!is_first) return;
  post_([weak = std::weak_ptr(state_)] {
    if (const auto state = weak.lock()) state->take_arrivals();
  });
}

void SharedLeases::give_back(const CompiledLimit&, std::string_view, WallTime, std::int64_t) {}

std::uint32_t SharedLeases::nodes() const {
  return state_->nodes.load(std::memory_order_relaxed);
}

}  // namespace apiforge::quota
