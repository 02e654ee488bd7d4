// Blocks: counters of units that are paid before they are used, at a BlockSource or, without one,
// by a calendar period that begins. Any thread; each has a lock of its own that is held for a few
// instructions, never while something else is called. Found in the BlockTable of a LimitTable;
// workers keep those they use.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "quota/block_source.hpp"
#include "quota/limit_book.hpp"
#include "quota/units_from.hpp"

namespace apiforge::quota {

/// Who pays: nobody (counted in this process only), the database, or the shared counters.
enum class Payer : std::uint8_t { Memory, Durable, Shared };

struct BlockTerms {
  const LimitPtr* limit = nullptr;
  Payer payer = Payer::Memory;
  std::uint32_t nodes = 1;  ///< 0: not known, so this node has no share
  MonotonicTime now{};
  WallTime wall{};
};

struct BlockDemand {
  std::int64_t cost = 1;
  bool settles = false;  ///< something has to be left, even when nothing is reserved
  std::int64_t kept = 0;
  bool queued = false;  ///< has waited for units already
  bool take = false;    ///< else only asks
};

enum class BlockRuling : std::uint8_t { Admitted, Refused, Wait, Unavailable, Retired };

struct BlockAnswer {
  BlockRuling ruling = BlockRuling::Refused;
  bool never = false;
  bool returnable = false;  ///< what was taken can be given back
  bool low = false;         ///< a block should be fetched
  bool refunds = false;     ///< `take_refunds` has something
  std::int64_t remaining = 0;
  std::chrono::nanoseconds retry_after{0};
  std::chrono::nanoseconds reset_after{0};
  UnitsFrom from{};
};

/// Units that go back to the source.
struct BlockRefund {
  LimitPtr limit;
  std::string subject;
  WallTime period{};
  std::int64_t units = 0;
};

/// Told when an answer of the source has arrived, on the thread that brings it.
class BlockListener {
 public:
  virtual ~BlockListener() = default;
  virtual void on_units(std::uint64_t key) = 0;
};

class Block {
 public:
  Block(std::uint64_t key, std::string subject) : key_(key), subject_(std::move(subject)) {}

  std::uint64_t key() const { return key_; }
  const std::string& subject() const { return subject_; }
  BlockAnswer ask(const BlockTerms& terms, const BlockDemand& demand);
  /// Units that were taken and not used.
  void give_back(std::int64_t units, const UnitsFrom& from, MonotonicTime now);
  /// Units, 1 or more, that were used and not taken: what is left of the period that is now may
  /// become a debt, paid from the next block. False: retired, and nothing was charged.
  bool charge(std::int64_t units, const UnitsFrom& from, const BlockTerms& terms);

  /// What to ask the source for; nullopt when that is under way, or of no use before a while.
  std::optional<BlockRequest> plan_fetch(const BlockTerms& terms, std::int64_t cost);
  void granted(const BlockRequest& request, const Result<BlockGrant>& grant);

  /// A call of `cost` waits, and somebody wants to know when units arrive.
  void wait_for(std::int64_t cost, const std::shared_ptr<BlockListener>& listener);
  void stop_waiting(std::int64_t cost);
  std::vector<std::shared_ptr<BlockListener>> take_listeners();
  /// Whether an answer of the source is to come; listeners are told of it.
  bool is_fetching() const;

  std::vector<BlockRefund> take_refunds();
  /// Since when nobody has asked; nullopt when what it knows must not be forgotten.
  std::optional<MonotonicTime> idle_since(MonotonicTime now, WallTime wall) const;
  /// What is left goes to the refunds and nobody may use the block any more, if it was idle at
  /// `idle_at` already.
  bool retire_idle(MonotonicTime idle_at, MonotonicTime now, WallTime wall);
  void retire_anyway();
  Payer payer() const;

 private:
  void refresh(const BlockTerms& terms);
  void adopt(const LimitPtr& limit);
  void begin_period(const model::Quota& quota, WallTime wall);
  void refund(std::int64_t units, WallTime period);
  BlockAnswer decide(const BlockTerms& terms, const BlockDemand& demand) const;
  BlockAnswer without_store(const BlockTerms& terms, const BlockDemand& demand,
                            BlockAnswer answer) const;
  bool shares_by_rate() const;
  /// Whether the source would only say again that it has not so many.
  bool asks_in_vain(std::int64_t cost, MonotonicTime now) const;
  void put(std::int64_t units);
  bool is_share(const UnitsFrom& from) const { return share_ && from.share == share_number_; }
  std::int64_t known_left() const;
  void take(const BlockTerms& terms, const BlockDemand& demand, const BlockAnswer& answer);
  void make_share(std::uint32_t nodes, MonotonicTime now);
  bool may_be_forgotten(MonotonicTime now, WallTime wall) const;
  void retire();

  const std::uint64_t key_;
  const std::string subject_;
  mutable std::mutex lock_;  ///< of all below
  LimitPtr limit_;
  Payer payer_ = Payer::Memory;
  std::int64_t left_ = 0;          ///< below zero: a debt
  std::int64_t waited_for_ = 0;    ///< units that waiting calls need
  std::int64_t last_units_ = 0;    ///< that the source gave last
  std::int64_t taken_ = 0;         ///< from the source in this period
  std::int64_t left_behind_ = -1;  ///< at the source, as it said last
  WallTime period_{};
  WallTime period_end_{};
  MonotonicTime valid_until_ = MonotonicTime::max();
  MonotonicTime retry_at_{};      ///< the source is not asked before,
  std::int64_t retry_units_ = 1;  ///< for so many or more
  MonotonicTime touched_at_{};
  std::uint32_t fetching_ = 0;  ///< requests under way
  std::int64_t fetching_units_ = 0;
  bool away_ = false;                  ///< the source did not answer last
  std::chrono::nanoseconds pause_{0};  ///< before it is asked again
  bool retired_ = false;
  std::optional<policy::RateRule> share_;  ///< while the source is away
  std::uint64_t share_counter_ = 0;
  std::uint32_t share_number_ = 0;
  std::vector<std::shared_ptr<BlockListener>> listeners_;
  std::vector<BlockRefund> refunds_;
};

/// A Block knows nothing for good that its source does not: the table has a bound, and who was not
/// seen for long makes room.
class BlockTable {
 public:
  explicit BlockTable(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::shared_ptr<Block> find(std::uint64_t key) const;
  /// nullptr when all memory is used, unless `anyway`.
  std::shared_ptr<Block> find_or_make(std::uint64_t key, std::string_view subject, bool anyway);
  /// The block that callers share for whom there is no room; counts the call.
  std::shared_ptr<Block> find_or_make_overflow(std::uint64_t key);
  /// Retires those that nobody used for longest, an eighth of them where the block of `key` would
  /// lie or nearby. False when none could go.
  bool make_room(std::uint64_t key, MonotonicTime now, WallTime wall, BlockSource* durable,
                 BlockSource* shared);
  /// Retires blocks that nobody used for a while, of one part of the table per call; their units go
  /// back to the sources.
  void forget_idle(MonotonicTime now, WallTime wall, BlockSource* durable, BlockSource* shared);
  void give_back_all(BlockSource* durable, BlockSource* shared);

  struct Usage {
    std::size_t blocks = 0;
    std::size_t bytes = 0;
    std::uint64_t overflowed = 0;
  };
  Usage usage() const;

 private:
  static constexpr std::size_t kShards = 64;
  struct Shard {
    mutable std::mutex lock;
    std::unordered_map<std::uint64_t, std::shared_ptr<Block>> blocks;
    MonotonicTime full_until{};  ///< none of them can go
  };
  static std::size_t shard_of(std::uint64_t key) { return (key >> 2) % kShards; }
  Shard& shard(std::uint64_t key) { return shards_[shard_of(key)]; }
  const Shard& shard(std::uint64_t key) const { return shards_[shard_of(key)]; }
  bool has_room() const;
  void make_room_in(Shard& shard, MonotonicTime now, WallTime wall, BlockSource* durable,
                    BlockSource* shared);
  static std::optional<MonotonicTime> oldest_eighth(const Shard& shard, MonotonicTime now,
                                                    WallTime wall);
  /// Takes those out that say so; how many.
  std::size_t retire(Shard& shard, const std::function<bool(Block&)>& goes, BlockSource* durable,
                     BlockSource* shared);

  std::size_t bytes_max_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> subject_bytes_{0};
  std::atomic<std::uint64_t> overflowed_{0};
  std::atomic<std::size_t> next_shard_{0};
};

/// Hands refunds of a block to the source that was paid.
void give_back(Block& block, BlockSource* durable, BlockSource* shared);

}  // namespace apiforge::quota
