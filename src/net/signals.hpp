// SignalWatch: operating-system signals as calls on an event loop.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "net/event_loop.hpp"

namespace apiforge::net {

class SignalWatch {
 public:
  /// Calls `on_signal` on the loop's thread for each of `signals` until destroyed.
  SignalWatch(EventLoop& loop, const std::vector<int>& signals, std::function<void(int)> on_signal);
  ~SignalWatch();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
