// Breaker: the circuit breaker of one endpoint, or of one Api version. No I/O, and no lock: all
// workers of the process share it, so that it opens at the minimum of calls and not at so many for
// each worker. Any thread; owned by the Snapshot, and kept while its rule and its endpoint stay.
//
// The state is one atomic word; whoever changes it tells of the change. Each state that is entered
// is a generation: a call that began in an older one changes nothing when it ends.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "model/quota.hpp"
#include "policy/outcome_window.hpp"

namespace apiforge::policy {

enum class BreakerState : std::uint8_t {
  Closed,
  Open,
  HalfOpen,
  ForcedOpen,   ///< by an operator, until reset
  ForcedClosed  ///< by an operator, until reset: counts, and never opens
};
/// `closed`, `open`, `half_open`, `forced_open`, `forced_closed`.
std::string_view name_of(BreakerState state);

/// A change of state, for whoever tells of it. Each change is returned to exactly one caller.
struct BreakerChange {
  BreakerState from = BreakerState::Closed;
  BreakerState to = BreakerState::Closed;
};

/// How a call went, as far as the breaker cares.
struct CallOutcome {
  bool failed = false;  ///< one of the rule's `counts`
  std::chrono::nanoseconds latency{0};
};

struct BreakerReading {
  BreakerState state = BreakerState::Closed;
  std::uint32_t calls = 0;  ///< in the window; of a window of time, see OutcomeWindow
  std::uint32_t failures = 0;
  std::uint32_t slow = 0;
  std::uint32_t probes = 0;                     ///< under way, while half open
  std::uint64_t rejected = 0;                   ///< calls, since it was made
  std::uint32_t times_opened = 0;               ///< in a row
  std::chrono::nanoseconds until_half_open{0};  ///< 0 unless open
};

class Breaker;

/// The right to make one call. Given back when destroyed without `settle`: a call that was
/// cancelled tells nothing of the upstream, and its probe is free again.
class BreakerPermit {
 public:
  BreakerPermit() = default;
  BreakerPermit(BreakerPermit&& other) noexcept;
  BreakerPermit& operator=(BreakerPermit&& other) noexcept;
  ~BreakerPermit();
  explicit operator bool() const { return breaker_ != nullptr; }
  /// Counts the call, once; the permit is spent. Tells when that changed the state.
  std::optional<BreakerChange> settle(const CallOutcome& outcome, MonotonicTime now);

 private:
  friend class Breaker;
  std::shared_ptr<Breaker> breaker_;
  std::uint32_t generation_ = 0;  ///< of the state in which it was given
  bool probe_ = false;
};

class Breaker : public std::enable_shared_from_this<Breaker> {
 public:
  /// Made with std::make_shared: permits keep it. `rule` is valid.
  explicit Breaker(const model::BreakerRule& rule);

  struct Acquired {
    BreakerPermit permit;  ///< empty: the call is refused
    std::optional<BreakerChange> change;
  };
  /// The first call after the open time makes it half open. Then so many calls may be under way as
  /// are missing to the successes that close it.
  Acquired acquire(MonotonicTime now);
  /// Whether `acquire` would give a permit. Changes nothing.
  bool would_admit(MonotonicTime now) const;

  enum class Order : std::uint8_t {
    Open,   ///< refuse all calls, until another order
    Close,  ///< refuse none, until another order
    Reset   ///< closed, as if new
  };
  /// nullopt when that is its state already; `Reset` empties the window even so.
  std::optional<BreakerChange> order(Order order);

  BreakerReading read(MonotonicTime now) const;
  const model::BreakerRule& rule() const { return rule_; }

 private:
  friend class BreakerPermit;
  /// What the word of the state says.
  struct Phase {
    BreakerState state = BreakerState::Closed;
    std::uint32_t times_opened = 0;  ///< in a row
    std::uint32_t generation = 0;
    std::uint32_t probes = 0;     ///< under way
    std::uint32_t successes = 0;  ///< of probes
  };
  static std::uint64_t packed(const Phase& phase);
  static Phase unpacked(std::uint64_t word);
  static Phase entered(const Phase& from, BreakerState state);

  bool has_room(const Phase& phase) const;
  bool too_bad(const Tally& tally) const;
  bool is_slow(const CallOutcome& outcome) const;
  MonotonicTime open_until(const Phase& phase, MonotonicTime now) const;
  void begin_open(const Phase& phase, MonotonicTime now);
  std::optional<BreakerChange> settle_call(std::uint32_t generation, const CallOutcome& outcome,
                                           MonotonicTime now);
  std::optional<BreakerChange> settle_probe(std::uint32_t generation, const CallOutcome& outcome,
                                            MonotonicTime now);
  void give_back_probe(std::uint32_t generation);

  const model::BreakerRule rule_;
  std::atomic<std::uint64_t> phase_;
  std::atomic<std::uint64_t> open_until_{0};  ///< generation, and milliseconds of the clock
  std::atomic<std::uint64_t> rejected_{0};
  OutcomeWindow window_;
};

}  // namespace apiforge::policy
