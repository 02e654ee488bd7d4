// TimerWheel: coarse timers for thousands of connections. One wheel per event loop, one thread.
// Setting a deadline that lies later than the one already scheduled costs a store: the timer stays
// in its slot and is moved when that slot comes round.
#pragma once
#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::net {

class TimerWheel;

/// A deadline that calls its owner once when it passes. Clears itself when destroyed.
class Timer {
 public:
  class Owner {
   public:
    virtual void on_deadline(Timer& timer) = 0;

   protected:
    ~Owner() = default;
  };

  Timer(TimerWheel& wheel, Owner& owner) : wheel_(wheel), owner_(owner) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces the deadline. It fires at the first tick at or after it (see TimerWheel::kTick).
  void set(MonotonicTime deadline);
  void clear() { deadline_ = MonotonicTime::max(); }

 private:
  friend class TimerWheel;
  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  TimerWheel& wheel_;
  Owner& owner_;
  Hook hook_;
  MonotonicTime deadline_ = MonotonicTime::max();
  std::uint64_t scheduled_tick_ = 0;
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{20};

  explicit TimerWheel(MonotonicTime start) : start_(start) {}

  /// Fires every timer whose deadline is at or before `now`. The owner may set or destroy any
  /// timer.
  void advance(MonotonicTime now);
  /// Fires every timer, whatever its deadline.
  void expire_all();
  bool empty() const;

 private:
  friend class Timer;
  static constexpr std::size_t kSlots = 4096;  // 82 s; later deadlines wait for another round
  using Slot =
      boost::intrusive::list<Timer,
                             boost::intrusive::member_hook<Timer, Timer::Hook, &Timer::hook_>,
                             boost::intrusive::constant_time_size<false>>;

  void schedule(Timer& timer);
  std::uint64_t tick_at_or_after(MonotonicTime time) const;
  void sweep(Slot& slot, MonotonicTime now);

  MonotonicTime start_;
  std::uint64_t current_tick_ = 0;
  std::array<Slot, kSlots> slots_;
};

}  // namespace apiforge::net
