// The inside of a Limiter: which counters a call comes under, what each of them says, and who waits
// for them. One worker's, as the Limiter is.
#pragma once
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "policy/wait_line.hpp"
#include "quota/block_table.hpp"
#include "quota/limiter.hpp"

namespace apiforge::quota {

/// A book that the Limiter uses, or used and calls still hold something of.
struct BookInUse {
  std::shared_ptr<const LimitBook> book;
  std::size_t holdings = 0;
  MonotonicTime replaced_at = MonotonicTime::max();
};

/// A limit that may hold for a subject, and the subject's counter under it.
struct LimitSlot {
  const LimitPtr* limit = nullptr;
  std::uint64_t key = 0;
  LimitCell* cell = nullptr;  ///< found at its first use
  std::shared_ptr<Block> block{};
  bool counts_in_blocks = false;
  bool overflowed = false;  ///< `key` is of the counter that others share
};

struct LimitAsk {
  std::int64_t cost = 1;
  bool settles = false;
  model::PriorityClass priority = model::PriorityClass::Data;
  bool queued = false;
  bool may_make = true;  ///< counters that are not there yet
  MonotonicTime now{};
  WallTime wall{};
};

/// What a counter says, and what it is to become.
struct LimitDecision {
  Ruling ruling = Ruling::Refused;
  bool applies = false;
  bool never = false;
  bool low = false;
  bool returnable = true;
  std::int64_t cost = 0;
  std::int64_t remaining = 0;
  std::chrono::nanoseconds retry_after{0};
  std::chrono::nanoseconds reset_after{0};
  CellReading seen{};
  std::uint64_t next = 0;
  UnitsFrom from{};
};

/// Tells the worker that units have come, as long as its Limiter is there.
class LimitMailbox final : public BlockListener, public std::enable_shared_from_this<LimitMailbox> {
 public:
  LimitMailbox(Limiter::State& state, std::function<void(std::move_only_function<void()>)> post)
      : state_(&state), post_(std::move(post)) {}
  void on_units(std::uint64_t key) override;
  void close();

 private:
  std::mutex lock_;
  Limiter::State* state_;  ///< null: gone. The worker, who alone changes it, reads it without lock
  std::function<void(std::move_only_function<void()>)> post_;
};

struct Limiter::State {
  explicit State(Limiter::Needs needs);

  // limiter_slots.cpp: which counters.
  std::span<LimitSlot> slots_of(const Subject& subject);
  LimitSlot make_slot(const LimitPtr& limit, const Subject& subject) const;
  std::shared_ptr<Block> find_or_make_block(std::uint64_t key, const std::string& name) const;
  /// The counter of the same caller, which is made even where there is no room.
  std::shared_ptr<Block> successor_of(const Block& retired) const;
  bool counts_in_blocks(const CompiledLimit& limit) const;
  void use(std::shared_ptr<const LimitBook> book, MonotonicTime now);
  void forget_books(MonotonicTime now);

  // limiter_decide.cpp: what they say.
  void decide(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision);
  void decide_rate(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision);
  void decide_running(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision);
  void decide_block(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision);
  std::optional<CellReading> read_cell(LimitSlot& slot, const LimitAsk& ask);
  bool take(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision);
  void give_back(const CompiledLimit& limit, LimitCell& cell, std::uint64_t key,
                 std::int64_t units);
  void charge(const CompiledLimit& limit, LimitCell& cell, std::uint64_t key, std::int64_t units);
  LimitCell* cell_to_charge(const CompiledLimit& limit, std::uint64_t& key, MonotonicTime now);
  void give_back(Block& block, std::int64_t units, const UnitsFrom& from);
  void charge(Block& block, const LimitPtr& limit, std::int64_t units, const UnitsFrom& from);

  // limiter_units.cpp: paying in advance.
  BlockSource* source_of(const CompiledLimit& limit) const;
  BlockTerms terms(const LimitPtr& limit, MonotonicTime now, WallTime wall) const;
  void fetch(const std::shared_ptr<Block>& block, const LimitPtr& limit, std::int64_t cost,
             MonotonicTime now, WallTime wall);

  // limiter_lines.cpp: who waits.
  struct Waiting {
    LimitWaiter* waiter = nullptr;
    std::uint64_t key = 0;
    LimitAsk ask{};
    MonotonicTime joined{};
    MonotonicTime deadline{};
    bool overdue = false;  ///< told because its time was over
  };
  struct Line {
    explicit Line(std::size_t most) : order(most) {}
    policy::WaitLine order;
    LimitPtr limit;  ///< `slot` points to it
    LimitSlot slot;
    std::int64_t told_units = 0;  ///< of calls that were told and have not asked yet
    MonotonicTime next_turn = MonotonicTime::max();
  };
  bool join(Line& line, const Waiting& waiting);
  bool comes_too_late(const Line& line, const Verdict& verdict, const Waiting& waiting) const;
  Line* line_for(const Verdict& verdict, const Subject& subject, bool prepaid);
  void remove(policy::WaitLine::Id id);
  void tend_line(std::uint64_t key, MonotonicTime now, WallTime wall);
  bool turn_has_come(Line& line, const Waiting& waiting, MonotonicTime now, WallTime wall);
  void tell(Waiting waiting, MonotonicTime now);
  void has_asked(std::span<const LimitSlot> slots, const Costs& costs);
  void tell_all(MonotonicTime now);
  void place_is_free(std::uint64_t key);
  WallTime wall_at(MonotonicTime now) const { return wall_seen + (now - now_seen); }

  struct CacheEntry {
    static constexpr std::size_t kSlots = 4;
    std::uint64_t fingerprint = 0;
    std::size_t count = 0;
    std::array<LimitSlot, kSlots> slots{};
  };

  Limiter::Needs needs;
  std::list<BookInUse> books;  ///< the current one last
  BookInUse* current = nullptr;
  std::vector<CacheEntry> cache;
  std::vector<std::uint32_t> candidates;  ///< scratch of `slots_of`
  std::vector<LimitSlot> uncached_slots;  ///< of the last call whose slots have no entry
  std::vector<LimitDecision> decisions;   ///< one for each slot
  std::unordered_map<std::uint64_t, Line> lines;
  std::unordered_map<policy::WaitLine::Id, Waiting> waiting;
  std::unordered_map<policy::WaitLine::Id, Waiting> told;  ///< since `tend` was called last
  MonotonicTime next_turn = MonotonicTime::max();
  MonotonicTime now_seen{};
  WallTime wall_seen{};
  std::shared_ptr<LimitMailbox> mailbox;
};

}  // namespace apiforge::quota
