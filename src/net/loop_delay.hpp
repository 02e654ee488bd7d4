// LoopDelay: how long what becomes ready has to wait for its turn on a loop. It makes a descriptor
// of its own ready and notes when the loop gets to it, so that it waits behind all sockets that are
// ready by then, in the kernel too. One event loop and its thread; owned by whoever asks.
#pragma once
#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace apiforge::net {

class EventLoop;

class LoopDelay {
 public:
  using OnDelay = std::function<void(std::chrono::nanoseconds delay, MonotonicTime now)>;
  /// `on_delay` runs on the loop, never after this is destroyed. When the system has no descriptor
  /// left, nothing is ever measured.
  LoopDelay(EventLoop& loop, OnDelay on_delay);
  ~LoopDelay();
  LoopDelay(const LoopDelay&) = delete;
  LoopDelay& operator=(const LoopDelay&) = delete;

  /// Begins a measurement, unless one is under way. Two system calls.
  void measure();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
