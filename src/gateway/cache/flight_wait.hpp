// FlightWait: one question of a call to the home of its key, to be awaited once: is the reply
// there, is an equal call under way, or is it this one that asks the upstream? Lives in the frame
// of the coroutine that awaits it, on the call's worker. When it ends without an answer, its place
// is given up.
#pragma once
#include <coroutine>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/cache/flight_ticket.hpp"
#include "gateway/cache/reply_cache.hpp"
#include "net/timer_wheel.hpp"

namespace apiforge::gateway::cache {

/// What the home said.
enum class Told : std::uint8_t {
  Leads,      ///< this call asks the upstream, and `take_ticket` gives what it then has to hold
  Alone,      ///< it asks the upstream, and nobody waits for it
  Look,       ///< `replies` are newer than what this worker has
  Landed,     ///< the equal call that was waited for has brought `replies`
  TooLate,    ///< the deadline has passed
  Cancelled,  ///< `cancel` was called
};

enum class AskMode : std::uint8_t {
  Join,     ///< wait for an equal call
  TryLead,  ///< Alone when an equal call is under way
  Look      ///< only what is kept; never leads
};

class FlightWait final : private net::Timer::Owner {
 public:
  struct Question {
    CacheKey key;             ///< its text must outlive the wait
    std::string_view flight;  ///< `key`, or that with the values that `Vary` names
    MonotonicTime newest_known = MonotonicTime::min();  ///< when the newest kept here was received
    AskMode mode = AskMode::Join;
    MonotonicTime deadline;
  };
  FlightWait(WorkerCache& cache, const Question& question);
  ~FlightWait();
  FlightWait(const FlightWait&) = delete;
  FlightWait& operator=(const FlightWait&) = delete;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter);
  Told await_resume() const { return told_; }

  /// Ends the wait soon.
  void cancel();
  /// After Look and Landed.
  const std::vector<KeptPtr>& replies() const { return replies_; }
  /// After Leads, once.
  FlightTicket take_ticket();

 private:
  friend class WorkerCache;
  void on_deadline(net::Timer& timer) override;
  void hear(Told told, std::vector<KeptPtr> replies);

  WorkerCache& cache_;
  Question question_;
  std::uint64_t number_;  // of this question on its worker
  net::Timer timer_;
  std::coroutine_handle<> waiter_;
  bool waiting_ = false;
  bool leads_ = false;  // and nobody has taken the ticket
  Told told_ = Told::Cancelled;
  std::vector<KeptPtr> replies_;
};

}  // namespace apiforge::gateway::cache
