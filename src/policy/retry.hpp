// Whether a failed attempt is repeated, and when. Compiled from model::Retry; pure. The budget
// belongs to one Api on one worker and is used by that worker only.
//
// Two things bound repeats: the attempts of one call, and for all calls together a budget, without
// which an upstream that fails would be sent a multiple of its load just then. A call that got no
// connection to one endpoint and goes to another is no load on top, and needs no budget: else a few
// calls to a refusing endpoint would use it up before that endpoint is ejected.
#pragma once
#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "model/api.hpp"

namespace apiforge::policy {

/// How an attempt ended.
enum class AttemptOutcome : std::uint8_t {
  ConnectFailed,    ///< no connection: refused, timed out, TLS, name; nothing was sent
  LostBeforeReply,  ///< the connection ended before a byte of the reply
  ReplyTimeout,     ///< connected and sent, no reply in time; counts as `504`
  Answered,         ///< a reply head with a status
  LostDuringReply,  ///< the connection ended after a byte of the reply
};

/// A failed or answered attempt, as the retry rule sees it.
struct Attempt {
  AttemptOutcome outcome = AttemptOutcome::ConnectFailed;
  int status = 0;               ///< of an answered attempt
  std::uint32_t number = 1;     ///< attempts of this call so far, this one included
  bool idempotent = false;      ///< the method (RFC 9110 9.2.2), or a key that the upstream honours
  bool sent_upstream = true;    ///< a byte of the request may have left
  bool reached_caller = false;  ///< a byte of the reply was passed on
  bool body_replayable = true;  ///< the body is empty, kept, or not yet read from the caller
  bool reused_connection = false;  ///< the connection had carried a call before
  bool elsewhere = false;          ///< an endpoint is available that this call has not tried
  std::chrono::nanoseconds remaining = std::chrono::nanoseconds::max();  ///< until the deadline
};

struct RetryDecision {
  bool retry = false;
  std::chrono::nanoseconds backoff{0};  ///< to wait before the next attempt
  /// The pooled connection had gone stale, which says nothing of the upstream: the repeat must use
  /// a new connection (so that this happens once) and is not counted in `Attempt::number`.
  bool stale_connection = false;
};

/// Bounds repeats that add load to a share of the calls in a sliding window, or to a few, so that
/// little traffic can be retried too (as Finagle's and Envoy's retry budgets, but not the few on
/// top of the share: however many workers there are, an upstream that fails everything gets no
/// more than the share in addition).
class RetryBudget {
 public:
  struct Config {
    std::uint32_t percent = 20;  ///< of the calls in the window, 0..100
    std::uint32_t minimum = 5;   ///< per window, when the share is less
    std::chrono::nanoseconds window = std::chrono::seconds(10);
  };

  RetryBudget() : RetryBudget(Config{}) {}
  explicit RetryBudget(const Config& config);

  /// Once for each call, not for its repeats.
  void on_call(MonotonicTime now);
  /// Takes one repeat out of the budget; false when there is none left.
  bool try_spend(MonotonicTime now);

 private:
  static constexpr std::size_t kSlots = 20;
  struct Slot {
    std::uint32_t calls = 0;
    std::uint32_t retries = 0;
  };

  void advance(MonotonicTime now);

  Config config_;
  std::chrono::nanoseconds slot_width_;
  std::array<Slot, kSlots> slots_{};
  std::int64_t newest_ = 0;  ///< number of the slot that `now` was last in
  std::uint64_t calls_ = 0;  ///< sums over the slots
  std::uint64_t retries_ = 0;
};

/// model::Retry, ready for use.
class RetryRule {
 public:
  /// No repeats but of stale connections.
  RetryRule() = default;

  /// Fails with InvalidConfiguration when `on` has anything but `connect` or a status 500..599.
  static Result<RetryRule> compile(const model::Retry& retry);

  /// Decides about the next attempt. When all else allows it, one repeat is taken from `budget`,
  /// unless nothing was sent and it goes elsewhere.
  /// The backoff is drawn from [0, backoff * 2^n), at most 250 ms ("full jitter"), and has to end
  /// before the deadline.
  RetryDecision decide(const Attempt& attempt, RetryBudget& budget, MonotonicTime now,
                       Random& random) const;

 private:
  bool covers(const Attempt& attempt) const;
  std::chrono::nanoseconds draw_backoff(std::uint32_t number, Random& random) const;

  std::uint32_t attempts_ = 1;
  bool on_connect_ = false;
  std::bitset<100> on_status_;  ///< 500..599
  std::chrono::nanoseconds backoff_{0};
};

}  // namespace apiforge::policy
