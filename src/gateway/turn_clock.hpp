// TurnClock: tells those whose turn under a limit has come, in time. The turns of a rate come more
// often than the worker's tick. One worker's, on its thread; owned by it, beside its Limiter.
#pragma once
#include "net/event_loop.hpp"
#include "net/precise_timer.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway {

class TurnClock {
 public:
  /// Both must outlive it.
  TurnClock(net::EventLoop& loop, quota::Limiter& limiter);

  /// A call has joined a line: sets the clock for the next turn.
  void set();
  /// Tells those whose turn has come. By itself when it is time, and on each tick of the worker.
  void tend();

 private:
  net::EventLoop& loop_;
  quota::Limiter& limiter_;
  net::PreciseTimer timer_;
};

}  // namespace apiforge::gateway
