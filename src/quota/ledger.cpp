#include "quota/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <span>
#include <tuple>
#include <vector>

#include "policy/store_guard.hpp"
#include "quota/block_size.hpp"
#include "quota/calendar.hpp"
#include "quota/limit_book.hpp"

namespace apiforge::quota {
namespace {

using storage::Mode;
using storage::Scope;
using storage::TakenUsage;
using storage::Transaction;
using storage::UsageKey;

/// Requests that wait for an answer, and returns that wait to be written.
constexpr std::size_t kMaxTakes = 10'000;
constexpr std::size_t kMaxReturns = 1'000'000;
/// In one transaction: how long others wait for the database.
constexpr std::size_t kMaxBatch = 500;

constexpr const char* kLeftAlone = "the database has failed, and is left alone";

/// One request, or units that come back.
struct Entry {
  UsageKey key{};
  std::int64_t units = 0;
  bool exactly = false;
  std::shared_ptr<const CompiledLimit> limit{};  ///< null: given back
  WallTime period_end{};
  BlockSource::OnGrant done{};
  std::int64_t granted = 0;
  std::int64_t left_behind = 0;

  bool takes() const { return limit != nullptr; }
};
using Batch = std::vector<Entry>;
using Group = std::span<Entry>;  ///< entries of a batch with the same key

/// The order in which all nodes lock counters, so that they cannot wait for each other in a ring.
auto order_of(const UsageKey& key) {
  return std::tie(key.tenant, key.quota, key.period_start, key.subject);
}

std::unexpected<Error> unavailable(std::string why) {
  return fail(ErrorCode::StorageUnavailable, {}, std::move(why));
}

Result<TakenUsage> take_block(Transaction& transaction, const UsageKey& key,
                              const model::Limit& limit, std::int64_t needed) {
  const BlockPlan plan = plan_block(limit, needed);
  std::int64_t taken = 0;
  if (plan.block > plan.piece && plan.open_bound > 0) {
    auto open = transaction.take_usage(key, plan.block, plan.open_bound);
    if (!open) return open;
    open->left += limit.amount - plan.open_bound;
    if (open->units >= needed) return open;
    taken = open->units;
  }
  auto rest = transaction.take_usage(key, plan.piece - taken, limit.amount);
  if (rest) rest->units += taken;
  return rest;
}

/// Gives each what it asked for, as far as it goes, in the order in which they came. What is over
/// goes to the first who takes any number. Returns what nobody can have.
std::int64_t share_out(Group group, std::int64_t units) {
  Entry* any = nullptr;
  for (Entry& entry : group) {
    if (!entry.takes()) continue;
    if (!entry.exactly && any == nullptr) any = &entry;
    if (entry.exactly && entry.units > units) continue;
    entry.granted = std::min(entry.units, units);
    units -= entry.granted;
  }
  if (any == nullptr) return units;
  any->granted += units;
  return 0;
}

Result<void> settle(Transaction& transaction, Group group) {
  std::int64_t returned = 0;
  std::int64_t needed = 0;
  bool exactly = true;
  const CompiledLimit* limit = nullptr;
  for (const Entry& entry : group) {
    if (!entry.takes()) {
      returned += entry.units;
      continue;
    }
    needed += entry.units;
    exactly = exactly && entry.exactly;
    limit = entry.limit.get();  // The last has the amount that holds now.
  }
  const UsageKey& key = group.front().key;
  if (returned > 0) {
    if (auto done = transaction.give_back_usage(key, returned); !done) return done;
  }
  if (limit == nullptr) return {};
  const model::Limit& bounds = limit->config->limit;
  const auto taken = exactly ? transaction.take_usage(key, needed, bounds.amount)
                             : take_block(transaction, key, bounds, needed);
  if (!taken) return std::unexpected(taken.error());
  const std::int64_t over = share_out(group, taken->units);
  for (Entry& entry : group) entry.left_behind = taken->left + over;
  if (over == 0) return {};
  return transaction.give_back_usage(key, over);
}

Result<void> settle(storage::Store& store, Batch& batch) {
  std::ranges::stable_sort(
      batch, [](const Entry& a, const Entry& b) { return order_of(a.key) < order_of(b.key); });
  auto transaction = store.begin(Scope::platform(), Mode::Count);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  for (auto from = batch.begin(); from != batch.end();) {
    const auto to = std::find_if_not(from, batch.end(),
                                     [&](const Entry& entry) { return entry.key == from->key; });
    if (auto done = settle(**transaction, Group(from, to)); !done) return done;
    from = to;
  }
  return (*transaction)->commit();
}

/// Nobody hears of units before they are committed.
void tell(Batch& batch, const Result<void>& outcome, const Clock& clock) {
  const MonotonicTime now = clock.now();
  const WallTime wall = clock.wall();
  for (Entry& entry : batch) {
    if (!entry.takes()) continue;
    if (!outcome) {
      entry.done(std::unexpected(outcome.error()));
      continue;
    }
    BlockGrant grant{.units = entry.granted, .left_behind = entry.left_behind};
    const std::chrono::nanoseconds left = std::max(entry.period_end - wall, WallTime::duration(0));
    grant.valid_until = now + left;
    if (grant.units == 0) grant.retry_after = left;
    entry.done(grant);
  }
}

UsageKey key_of(const CompiledLimit& limit, std::string_view subject, WallTime period_start) {
  return {.quota = limit.id,
          .subject = stored_subject(subject),
          .tenant = limit.config->tenant.value,
          .period_start = period_start};
}

}  // namespace

/// What waits, and whether a turn to work it off is on its way.
struct Ledger::State : std::enable_shared_from_this<Ledger::State> {
  State(storage::Store& at, const Clock& of, Execute by)
      : store(at), clock(of), execute(std::move(by)) {}

  /// One batch on the executor. When it is dropped instead of run, whoever waits is told.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (state_) state_->refuse_all("the blocking pool takes no more work");
    }
    void operator()() { std::exchange(state_, nullptr)->work_off(); }

   private:
    std::shared_ptr<State> state_;
  };

  /// Puts `entry` in line; it is left as it is when it cannot.
  Result<void> add(Entry& entry);
  void work_off();
  Batch next_batch();  ///< with `mutex` held
  /// Ends the turn and answers all who wait; returns stay.
  void refuse_all(const std::string& why);
  Batch take_out_takes();  ///< with `mutex` held
  /// Settles and answers a batch; whether the store did what it was asked.
  bool write_down(Batch batch);

  storage::Store& store;
  const Clock& clock;
  const Execute execute;
  std::mutex mutex;  ///< for what follows
  std::condition_variable turn_ended;
  std::deque<Entry> waiting;
  std::size_t takes = 0;  ///< among `waiting`
  bool turn = false;      ///< is on its way, or runs
  bool closed = false;
  policy::StoreGuard guard;
};

Result<void> Ledger::State::add(Entry& entry) {
  const bool takes_now = entry.takes();
  {
    const std::lock_guard lock(mutex);
    if (takes_now) {
      if (closed) return unavailable("the ledger is closed");
      if (takes >= kMaxTakes) return unavailable("too many requests wait for the ledger");
      if (!guard.admit(clock.now())) return unavailable(kLeftAlone);
      ++takes;
    } else if (closed || waiting.size() - takes >= kMaxReturns) {
      return unavailable("units that are not given back stay spent");
    }
    waiting.push_back(std::move(entry));
    // What comes back waits for the probe of somebody who takes.
    if (!takes_now && guard.is_open()) return {};
    if (std::exchange(turn, true)) return {};
  }
  // A turn that is refused is destroyed, and that answers who waits.
  (void)execute(Turn(shared_from_this()));
  return {};
}

Batch Ledger::State::next_batch() {
  const std::size_t size = std::min(waiting.size(), kMaxBatch);
  const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(size);
  Batch batch(std::move_iterator(waiting.begin()), std::move_iterator(end));
  waiting.erase(waiting.begin(), end);
  takes -= static_cast<std::size_t>(std::ranges::count_if(batch, &Entry::takes));
  return batch;
}

bool Ledger::State::write_down(Batch batch) {
  const Result<void> outcome = settle(store, batch);
  bool pausing = false;
  {
    const std::lock_guard lock(mutex);
    if (outcome) {
      guard.succeeded();
    } else {
      guard.failed(clock.now());
    }
    pausing = guard.is_open();
  }
  tell(batch, outcome, clock);
  return !pausing;
}

void Ledger::State::work_off() {
  Batch batch;
  {
    const std::lock_guard lock(mutex);
    if (!closed) batch = next_batch();
  }
  if (!batch.empty() && !write_down(std::move(batch))) {
    refuse_all(kLeftAlone);
    return;
  }
  {
    const std::lock_guard lock(mutex);
    turn = !waiting.empty() && !closed;
    if (!turn) {
      turn_ended.notify_all();
      return;
    }
  }
  // In line again behind other work that blocks.
  (void)execute(Turn(shared_from_this()));
}

Batch Ledger::State::take_out_takes() {
  const auto returns = std::ranges::stable_partition(waiting, &Entry::takes);
  Batch batch(std::move_iterator(waiting.begin()), std::move_iterator(returns.begin()));
  waiting.erase(waiting.begin(), returns.begin());
  takes = 0;
  return batch;
}

void Ledger::State::refuse_all(const std::string& why) {
  Batch refused;
  {
    const std::lock_guard lock(mutex);
    refused = take_out_takes();
    turn = false;
    turn_ended.notify_all();
  }
  tell(refused, unavailable(why), clock);
}

Ledger::Ledger(storage::Store& store, const Clock& clock, Execute execute)
    : state_(std::make_shared<State>(store, clock, std::move(execute))) {}

Ledger::~Ledger() {
  Batch refused;
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    refused = state_->take_out_takes();
  }
  tell(refused, unavailable("the ledger is closed"), state_->clock);
}

void Ledger::take(BlockRequest request, OnGrant done) {
  const CompiledLimit& limit = *request.limit;
  Entry entry{.key = key_of(limit, request.subject, request.period_start),
              .units = std::max<std::int64_t>(request.units, 1),
              .exactly = request.exactly,
              .limit = std::move(request.limit),
              .period_end = period_end(request.period_start, *limit.config->limit.period),
              .done = std::move(done)};
  if (auto added = state_->add(entry); !added) entry.done(std::unexpected(added.error()));
}

void Ledger::give_back(const CompiledLimit& limit, std::string_view subject, WallTime period_start,
                       std::int64_t units) {
  if (units <= 0) return;
  Entry entry{.key = key_of(limit, subject, period_start), .units = units};
  // What there is no room for stays spent, which is never too much.
  [[maybe_unused]] const auto added = state_->add(entry);
}

void Ledger::close(std::chrono::nanoseconds patience) {
  State& state = *state_;
  const MonotonicTime until = state.clock.now() + patience;
  Batch refused;
  {
    std::unique_lock lock(state.mutex);
    state.closed = true;
    refused = state.take_out_takes();
    state.turn_ended.wait_for(lock, patience, [&] { return !state.turn; });
  }
  tell(refused, unavailable("the ledger is closed"), state.clock);
  for (bool well = true; well && state.clock.now() <= until;) {
    Batch batch;
    {
      const std::lock_guard lock(state.mutex);
      batch = state.next_batch();
    }
    if (batch.empty()) return;
    well = state.write_down(std::move(batch));
  }
}

std::string stored_subject(std::string_view subject) {
  std::string stored;
  stored.reserve(subject.size());
  for (const char c : subject) {
    if (c >= ' ' && c <= '~' && c != '%') {
      stored += c;
    } else {
      fmt::format_to(std::back_inserter(stored), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return stored;
}

Result<std::size_t> forget_old_usage(storage::Store& store, WallTime now) {
  auto transaction = store.begin(Scope::platform(), Mode::Count);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto forgotten = (*transaction)->purge_usage(now - kUsageKept);
  if (!forgotten) return forgotten;
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(std::move(done.error()));
  return forgotten;
}

}  // namespace apiforge::quota
