// Limiter: decides whether a call may go on under all limits that hold for it, at once: a refused
// call takes nothing from any. One per worker, used by that worker only; the counters are in a
// LimitTable that all workers share without a lock.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "quota/block_source.hpp"
#include "quota/limit_book.hpp"
#include "quota/limit_table.hpp"
#include "quota/subject.hpp"
#include "quota/units_from.hpp"

namespace apiforge::quota {

class Block;
class Limiter;
struct BookInUse;

/// What a call holds of limits: places among concurrent calls, and reservations of tokens and
/// money. Released when destroyed: places are given back, and reservations too unless `settle` said
/// what was used. Moves with its call; the Limiter must outlive it.
class Holding {
 public:
  Holding() = default;
  Holding(Holding&& other) noexcept;
  Holding& operator=(Holding&& other) noexcept;
  ~Holding();
  bool empty() const;
  /// What was used in the end, once: requests and weight stay spent; of tokens and money the
  /// difference to what was reserved is given back or taken (never below zero what is left: a call
  /// that used more than it reserved is charged, and the next one refused).
  void settle(const Costs& used);
  /// The call was never made (own refusal, upstream not seen): everything is given back.
  void release();

 private:
  friend class Limiter;
  struct Part {
    const CompiledLimit* limit = nullptr;
    LimitCell* cell = nullptr;  ///< or a block
    std::uint64_t key = 0;
    std::shared_ptr<Block> block{};
    std::int64_t units = 0;
    UnitsFrom from{};  ///< of a block
  };
  enum class End : std::uint8_t { Dropped, Released, Settled };
  static constexpr std::size_t kInlineParts = 4;

  void add(Part part);
  void finish(End end, const Costs* used);
  void finish_part(const Part& part, End end, const Costs* used);
  void take_from(Holding& other);

  Limiter* limiter_ = nullptr;
  BookInUse* book_ = nullptr;  ///< keeps the limits of the parts alive
  std::size_t count_ = 0;
  std::array<Part, kInlineParts> parts_{};
  std::unique_ptr<std::vector<Part>> more_;
};

enum class Ruling : std::uint8_t {
  Admitted,
  Refused,
  Degraded,    ///< refused by a limit that sends its calls to the fallback chain
  Queue,       ///< to wait for its turn (`on_exceed: queue`), see `enqueue`
  Wait,        ///< units are being fetched, see `enqueue`
  Unavailable  ///< units cannot be fetched, and the limit says `deny`
};

struct Verdict {
  Ruling ruling = Ruling::Admitted;
  /// That refuses, or the one with the least left, the default limit only when there is no other;
  /// null: none. Lives as long as the Holding of the call has something, and 30 s at least.
  const CompiledLimit* limit = nullptr;
  std::int64_t cost = 0;  ///< of the call under that limit
  bool never = false;     ///< the cost is above the limit
  bool queued = false;    ///< the call has waited for its turn before
  std::int64_t remaining = 0;
  std::chrono::nanoseconds retry_after{0};
  std::chrono::nanoseconds reset_after{0};
};

/// A call that waits for `Ruling::Queue` or `Wait`. Told once, on the worker; then it asks anew.
class LimitWaiter {
 public:
  virtual void on_turn() = 0;

 protected:
  ~LimitWaiter() = default;
};

class Limiter {
 public:
  struct Needs {
    LimitTable& table;
    BlockSource* durable = nullptr;  ///< of quotas with a period; null: counted in memory only
    BlockSource* shared = nullptr;   ///< of rates that nodes share; null: this node is alone
    /// Runs work on this worker, from any thread, never at once: answers of the sources.
    std::function<void(std::move_only_function<void()>)> post;
    std::function<MonotonicTime()> now;
  };
  explicit Limiter(Needs needs);
  ~Limiter();

  /// From now on; those that wait are told, unless it is the same book again.
  void use(std::shared_ptr<const LimitBook> book);
  /// Decides, and takes when all limits admit; `holding` then has what is to be given back.
  /// `queued` says that the call has waited for its turn, and goes before those that wait.
  Verdict admit(const Subject& subject, const Costs& costs, MonotonicTime now, WallTime wall,
                Holding& holding, bool queued = false);
  /// Asks only; takes nothing and asks no source: `Wait` says that units would have to be fetched.
  Verdict look(const Subject& subject, const Costs& costs, MonotonicTime now, WallTime wall);

  /// Puts a call in line after `Queue` or `Wait`. False when the line is full or its turn will not
  /// come before `deadline`. A call that comes back after its turn keeps its place and the time it
  /// has waited, if `waiter` is the same; which must `leave` before it goes.
  bool enqueue(const Verdict& verdict, const Subject& subject, MonotonicTime now,
               MonotonicTime deadline, LimitWaiter& waiter);
  void leave(LimitWaiter& waiter);
  /// Tells those whose turn has come; each tick of the worker, and when units arrive.
  void tend(MonotonicTime now, WallTime wall);
  /// The time at which `tend` should be called at the latest, for waits shorter than a tick.
  MonotonicTime next_turn() const;

 private:
  friend class Holding;
  friend class LimitMailbox;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace apiforge::quota
