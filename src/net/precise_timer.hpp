// PreciseTimer: one deadline to the millisecond, for the few waits that the wheel's tick of 20 ms
// (TimerWheel::kTick) is too coarse for. A kernel timer's price: not for what each call does. One
// event loop and its thread; owned by whoever waits.
#pragma once
#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace apiforge::net {

class EventLoop;

class PreciseTimer {
 public:
  /// `on_deadline` runs on the loop, never from within `set`. It may destroy the timer.
  PreciseTimer(EventLoop& loop, std::function<void()> on_deadline);
  ~PreciseTimer();
  PreciseTimer(const PreciseTimer&) = delete;
  PreciseTimer& operator=(const PreciseTimer&) = delete;

  /// Replaces the deadline. It fires once.
  void set(MonotonicTime deadline);
  void clear();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
