#include "quota/limit_table.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <new>
#include <thread>

#include "base/random.hpp"
#include "quota/block_source.hpp"
#include "quota/block_table.hpp"
#include "quota/keyed_hash.hpp"

namespace apiforge::quota {
namespace {

// How 64 bits of state are read. Below kSpecial: what RateRule made (a time in nanoseconds, or
// packed counts). From kSpecial on: 8 bits of ones, 32 bits that differ each time the cell changes
// hands, 24 bits with the number of running calls. So nobody who read the cell of one caller can
// change it after it became another's. All ones: the cell is changing hands just now.
constexpr std::uint64_t kSpecial = std::uint64_t{0xff} << 56;
constexpr std::uint64_t kSealed = ~std::uint64_t{0};
constexpr std::uint64_t kRunningMask = (std::uint64_t{1} << 24) - 1;

// Keys: the lowest bit says whether running calls are counted, the next one is set, so none is 0.
constexpr std::uint64_t kRunningKey = 1;
constexpr std::uint64_t kSomebody = 2;

constexpr std::size_t kCells = 8;  ///< of a bucket: three cache lines
constexpr std::size_t kFirstBuckets = 512;
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kOverflowBuckets = 512;
constexpr std::size_t kBlockBytesPerCaller = 64;
constexpr std::size_t kSweptWhenFull = 1'024;
/// A cell is not given away before its first call can have been counted.
constexpr auto kGrace = std::chrono::seconds(1);
/// `idle_from` may say later than needed: so it is written once in a while, not with each call.
constexpr std::int64_t kIdleSlack = 1'000'000'000;

std::int64_t nanoseconds_of(MonotonicTime time) {
  return time.time_since_epoch().count();
}

bool counts_running(std::uint64_t key) {
  return (key & kRunningKey) != 0;
}

std::uint64_t fresh_state(MonotonicTime now) {
  const auto turn = static_cast<std::uint64_t>(nanoseconds_of(now)) >> 10;
  return kSpecial | ((turn & 0x7fffffff) << 24);
}

bool is_idle(std::uint64_t key, std::uint64_t raw, std::int64_t idle_from, MonotonicTime now) {
  if (raw == kSealed || idle_from > nanoseconds_of(now)) return false;
  return !counts_running(key) || (raw & kRunningMask) == 0;
}

std::uint64_t other_hash(std::uint64_t key) {
  const std::uint64_t mixed = (key ^ (key >> 31)) * 0x9e3779b97f4a7c15;
  return mixed ^ (mixed >> 29);
}

}  // namespace

struct alignas(64) LimitBucket {
  LimitCell cells[kCells];
};

/// Buckets of zeros, of which the system gives only the pages that are touched.
struct LimitTable::Level {
  explicit Level(std::size_t count)
      : buckets(count), memory(std::calloc(count * sizeof(LimitBucket) + alignof(LimitBucket), 1)) {
    if (memory == nullptr) throw std::bad_alloc();
    void* aligned = memory;
    std::size_t space = bytes();
    first = static_cast<LimitBucket*>(
        std::align(alignof(LimitBucket), count * sizeof(LimitBucket), aligned, space));
  }
  ~Level() { std::free(memory); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  std::size_t bytes() const { return buckets * sizeof(LimitBucket) + alignof(LimitBucket); }
  LimitBucket& at(std::uint64_t hash) const { return first[(hash >> 2) % buckets]; }
  LimitCell* find(std::uint64_t key) const {
    for (LimitBucket* bucket : {&at(key), &at(other_hash(key))}) {
      for (LimitCell& cell : bucket->cells) {
        if (cell.key.load(std::memory_order_acquire) == key) return &cell;
      }
    }
    return nullptr;
  }
  /// The oldest cell that is nobody's or idle, in the emptier one of two buckets.
  LimitCell* vacant(std::uint64_t key, MonotonicTime now, bool may_add) const;

  std::size_t buckets;
  void* memory;
  LimitBucket* first = nullptr;
};

LimitCell* LimitTable::Level::vacant(std::uint64_t key, MonotonicTime now, bool may_add) const {
  LimitCell* best = nullptr;
  std::size_t most = 0;
  for (LimitBucket* bucket : {&at(key), &at(other_hash(key))}) {
    LimitCell* oldest = nullptr;
    std::int64_t oldest_from = std::numeric_limits<std::int64_t>::max();
    std::size_t count = 0;
    for (LimitCell& cell : bucket->cells) {
      const std::uint64_t raw = cell.state.load(std::memory_order_acquire);
      const std::uint64_t owner = cell.key.load(std::memory_order_relaxed);
      const std::int64_t idle_from =
          owner == 0 ? 0 : cell.idle_from.load(std::memory_order_relaxed);
      if ((owner == 0 && !may_add) || !is_idle(owner, raw, idle_from, now)) continue;
      ++count;
      if (idle_from >= oldest_from) continue;
      oldest = &cell;
      oldest_from = idle_from;
    }
    if (count <= most) continue;
    most = count;
    best = oldest;
  }
  return best;
}

LimitTable::LimitTable(LimitTableSettings settings) : settings_(settings) {
  settings_.callers_max = std::max<std::size_t>(settings_.callers_max, 1);
  blocks_ = std::make_unique<BlockTable>(settings_.callers_max * kBlockBytesPerCaller);
  while (settings_.hash_key[0] == 0 && settings_.hash_key[1] == 0) {
    settings_.hash_key = {system_seed(), system_seed()};
  }
}

LimitTable::~LimitTable() = default;

std::uint64_t LimitTable::key_of(CellKind kind, std::uint64_t salt,
                                 std::span<const std::string_view> values) const {
  std::array<std::uint64_t, 2> key = settings_.hash_key;
  key[0] ^= salt;
  std::uint64_t hash = salt;
  for (const std::string_view value : values) {
    hash = keyed_hash(key, value);
    key[1] += hash | 1;  // the place and the length of each value count
  }
  if (values.empty()) hash = keyed_hash(key, {});
  return (hash & ~kRunningKey) | kSomebody | (kind == CellKind::Running ? kRunningKey : 0);
}

std::uint64_t LimitTable::overflow_key(CellKind kind, std::uint64_t salt) const {
  return key_of(kind, ~salt, {});
}

LimitCell* LimitTable::find(std::uint64_t key) const {
  for (std::size_t level = levels(); level-- > 0;) {
    if (LimitCell* cell = levels_[level]->find(key)) return cell;
  }
  return nullptr;
}

LimitCell* LimitTable::find_or_make(std::uint64_t key, MonotonicTime now) {
  if (LimitCell* cell = find(key)) return cell;
  const std::lock_guard lock(locks_[(key >> 2) % kLocks]);
  if (LimitCell* cell = find(key)) return cell;
  while (true) {
    const std::size_t seen = levels();
    if (LimitCell* cell = claim(key, now)) return cell;
    if (used_.load(std::memory_order_relaxed) < settings_.callers_max) {
      if (!grow(seen)) return nullptr;
      continue;
    }
    // Idle counters elsewhere in the table make room too.
    forget_idle(now, kSweptWhenFull);
    if (used_.load(std::memory_order_relaxed) >= settings_.callers_max) return nullptr;
  }
}

namespace {

/// Makes the cell the key's, unless another thread was faster or its owner came back.
bool take_over(LimitCell& cell, std::uint64_t key, MonotonicTime now, bool& was_nobodys) {
  std::uint64_t raw = cell.state.load(std::memory_order_acquire);
  const std::uint64_t owner = cell.key.load(std::memory_order_relaxed);
  const std::int64_t idle_from = owner == 0 ? 0 : cell.idle_from.load(std::memory_order_relaxed);
  if (!is_idle(owner, raw, idle_from, now)) return false;
  const std::uint64_t before = raw;
  if (!cell.state.compare_exchange_strong(raw, kSealed, std::memory_order_acq_rel)) return false;
  const std::uint64_t current = cell.key.load(std::memory_order_relaxed);
  if (current != owner ||
      (current != 0 && cell.idle_from.load(std::memory_order_relaxed) > nanoseconds_of(now))) {
    cell.state.store(before, std::memory_order_release);
    return false;
  }
  was_nobodys = current == 0;
  cell.idle_from.store(nanoseconds_of(now + kGrace), std::memory_order_relaxed);
  cell.key.store(key, std::memory_order_release);
  cell.state.store(key == 0 ? 0 : fresh_state(now), std::memory_order_release);
  return true;
}

}  // namespace

/// Called with the lock of the key, so no other thread makes the same counter elsewhere.
LimitCell* LimitTable::claim(std::uint64_t key, MonotonicTime now) {
  for (std::size_t level = levels(); level-- > 0;) {
    while (true) {
      const bool may_add = used_.load(std::memory_order_relaxed) < settings_.callers_max;
      LimitCell* cell = levels_[level]->vacant(key, now, may_add);
      if (cell == nullptr) break;
      bool was_nobodys = false;
      if (!take_over(*cell, key, now, was_nobodys)) continue;
      if (was_nobodys) used_.fetch_add(1, std::memory_order_relaxed);
      return cell;
    }
  }
  return nullptr;
}

/// False when there are as many levels as there will be.
bool LimitTable::grow(std::size_t levels_seen) {
  const std::lock_guard lock(growing_);
  const std::size_t made = levels();
  if (made != levels_seen) return true;
  if (made == kLevels) return false;
  std::size_t have = 0;
  for (std::size_t i = 0; i < made; ++i) have += levels_[i]->buckets;
  // Half as many cells again as there may be counters: with two buckets to choose from, the room is
  // found long before the table is full.
  const std::size_t most = settings_.callers_max / kCells * 3 / 2 + 16;
  if (have >= most) return false;
  const std::size_t wanted = made == 0 ? kFirstBuckets : levels_[made - 1]->buckets * kGrowth;
  levels_[made] = std::make_unique<Level>(std::min(wanted, most - have));
  bytes_.fetch_add(levels_[made]->bytes(), std::memory_order_relaxed);
  levels_made_.store(made + 1, std::memory_order_release);
  return true;
}

LimitCell* LimitTable::find_or_make_overflow(std::uint64_t key, MonotonicTime now) {
  overflowed_.fetch_add(1, std::memory_order_relaxed);
  Level* level = overflow_made_.load(std::memory_order_acquire);
  if (level == nullptr) {
    const std::lock_guard lock(growing_);
    if (overflow_ == nullptr) {
      overflow_ = std::make_unique<Level>(kOverflowBuckets);
      bytes_.fetch_add(overflow_->bytes(), std::memory_order_relaxed);
      overflow_made_.store(overflow_.get(), std::memory_order_release);
    }
    level = overflow_.get();
  }
  if (LimitCell* cell = level->find(key)) return cell;
  const std::lock_guard lock(locks_[(key >> 2) % kLocks]);
  if (LimitCell* cell = level->find(key)) return cell;
  bool was_nobodys = false;
  while (LimitCell* cell = level->vacant(key, now, true)) {
    if (take_over(*cell, key, now, was_nobodys)) return cell;
  }
  return nullptr;
}

std::optional<CellReading> LimitTable::read(const LimitCell& cell, std::uint64_t key) {
  std::uint64_t raw = cell.state.load(std::memory_order_acquire);
  while (raw == kSealed) {  // for three stores of another thread
    std::this_thread::yield();
    raw = cell.state.load(std::memory_order_acquire);
  }
  if (cell.key.load(std::memory_order_relaxed) != key) return std::nullopt;
  if (raw < kSpecial) return CellReading{raw, raw};
  return CellReading{raw, counts_running(key) ? raw & kRunningMask : 0};
}

bool LimitTable::exchange(LimitCell& cell, std::uint64_t key, const CellReading& seen,
                          std::uint64_t value, MonotonicTime idle_from) {
  // First the time, then the state: who finds the new state finds that it is not idle.
  std::int64_t idle = cell.idle_from.load(std::memory_order_relaxed);
  const std::int64_t wanted = nanoseconds_of(idle_from);
  while (idle < wanted &&
         !cell.idle_from.compare_exchange_weak(
             idle,
             wanted > std::numeric_limits<std::int64_t>::max() - kIdleSlack ? wanted
                                                                            : wanted + kIdleSlack,
             std::memory_order_relaxed)) {
  }
  std::uint64_t raw = seen.raw;
  const std::uint64_t next = counts_running(key) ? (raw & ~kRunningMask) | value : value;
  return cell.state.compare_exchange_strong(raw, next, std::memory_order_acq_rel);
}

void LimitTable::forget_idle(MonotonicTime now, std::size_t cells) {
  const std::size_t made = levels();
  std::size_t total = 0;
  for (std::size_t i = 0; i < made; ++i) total += levels_[i]->buckets;
  if (total == 0 || used_.load(std::memory_order_relaxed) == 0) return;
  const std::size_t buckets = std::clamp<std::size_t>(cells / kCells, 1, total);
  std::size_t at = sweep_.fetch_add(buckets, std::memory_order_relaxed) % total;
  for (std::size_t i = 0; i < buckets; ++i, at = at + 1 == total ? 0 : at + 1) {
    std::size_t level = 0;
    std::size_t place = at;
    while (place >= levels_[level]->buckets) place -= levels_[level++]->buckets;
    for (LimitCell& cell : levels_[level]->first[place].cells) {
      bool was_nobodys = false;
      if (cell.key.load(std::memory_order_relaxed) == 0) continue;
      if (take_over(cell, 0, now, was_nobodys) && !was_nobodys) {
        used_.fetch_sub(1, std::memory_order_relaxed);
      }
    }
  }
}

LimitTable::Usage LimitTable::usage() const {
  const BlockTable::Usage blocks = blocks_->usage();
  return {used_.load(std::memory_order_relaxed), blocks.blocks,
          bytes_.load(std::memory_order_relaxed) + blocks.bytes,
          overflowed_.load(std::memory_order_relaxed) + blocks.overflowed};
}

void LimitTable::give_back_blocks(BlockSource* durable, BlockSource* shared) {
  blocks_->give_back_all(durable, shared);
}

}  // namespace apiforge::quota
