// LimitTable: the counters of all limits of the process. Any thread. A counter is found and changed
// without a lock; the first call of a caller takes a short one of 64. Owned by the application, and
// outlives every Limiter and Holding.
//
// Counters of rates and of concurrent calls are cells of 24 bytes in levels of buckets, each level
// four times the one before, made when the ones before are full: an idle gateway costs nothing, and
// a cell never moves. Counters of units that are paid in advance are Blocks, see block_table.hpp.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace apiforge::quota {

class BlockSource;
class BlockTable;

/// One counter. The state is what policy::RateRule keeps, or the number of calls that run; it is
/// read and changed by the functions of LimitTable only.
struct LimitCell {
  std::atomic<std::uint64_t> key{0};  ///< 0: nobody's
  std::atomic<std::uint64_t> state{0};
  std::atomic<std::int64_t> idle_from{0};  ///< nanoseconds of MonotonicTime
};

/// What a cell was found to be: `raw` is what `exchange` expects.
struct CellReading {
  std::uint64_t raw = 0;
  std::uint64_t value = 0;  ///< of the counter; 0: nothing was taken
};

struct LimitTableSettings {
  /// Counters at most. When so many are in use, new callers share one counter of each limit. Blocks
  /// have 64 bytes of memory for each of them; the one that was not used for longest makes room.
  std::size_t callers_max = 1'000'000;
  /// Of the hash, so that callers cannot collide on purpose; zeros: from the operating system.
  std::array<std::uint64_t, 2> hash_key{};
};

class LimitTable {
 public:
  explicit LimitTable(LimitTableSettings settings = {});
  ~LimitTable();
  LimitTable(const LimitTable&) = delete;
  LimitTable& operator=(const LimitTable&) = delete;

  enum class CellKind : std::uint8_t {
    Rate,
    Running  ///< a number of calls: idle when it is 0
  };
  /// The key of the counter that a limit has for these values; never 0.
  std::uint64_t key_of(CellKind kind, std::uint64_t salt,
                       std::span<const std::string_view> values) const;
  /// The counter that subjects of a limit share for whom there is no room.
  std::uint64_t overflow_key(CellKind kind, std::uint64_t salt) const;

  /// nullptr: nothing was counted yet.
  LimitCell* find(std::uint64_t key) const;
  /// nullptr: as many counters as may be are in use, and none is idle.
  LimitCell* find_or_make(std::uint64_t key, MonotonicTime now);
  /// The same among the counters that are kept for overflow; nullptr: even these are full.
  LimitCell* find_or_make_overflow(std::uint64_t key, MonotonicTime now);

  /// nullopt: the cell has become another's since it was found.
  static std::optional<CellReading> read(const LimitCell& cell, std::uint64_t key);
  /// Stores `value` when nobody has changed the cell since it was read. The cell may be forgotten
  /// from `idle_from` on.
  static bool exchange(LimitCell& cell, std::uint64_t key, const CellReading& seen,
                       std::uint64_t value, MonotonicTime idle_from);

  /// Forgets idle counters among the next `cells` ones; to be called again and again.
  void forget_idle(MonotonicTime now, std::size_t cells);

  struct Usage {
    std::size_t counters = 0;  ///< in cells
    std::size_t blocks = 0;
    std::size_t bytes = 0;  ///< of all memory that the table has
    /// How often a call was counted under the counter that subjects without one share.
    std::uint64_t overflowed = 0;
  };
  Usage usage() const;

  BlockTable& blocks() { return *blocks_; }
  /// Gives the units back that nobody has used: at a clean stop, when all Limiters are gone.
  void give_back_blocks(BlockSource* durable, BlockSource* shared);

 private:
  struct Level;
  static constexpr std::size_t kLevels = 12;
  static constexpr std::size_t kLocks = 64;

  LimitCell* claim(std::uint64_t key, MonotonicTime now);
  bool grow(std::size_t levels_seen);
  std::size_t levels() const { return levels_made_.load(std::memory_order_acquire); }

  LimitTableSettings settings_;
  std::array<std::unique_ptr<Level>, kLevels> levels_;
  std::atomic<std::size_t> levels_made_{0};
  std::unique_ptr<Level> overflow_;
  std::atomic<Level*> overflow_made_{nullptr};
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> overflowed_{0};
  std::atomic<std::size_t> sweep_{0};  ///< the next bucket that `forget_idle` looks at
  std::array<std::mutex, kLocks> locks_;
  std::mutex growing_;
  std::unique_ptr<BlockTable> blocks_;
};

}  // namespace apiforge::quota
