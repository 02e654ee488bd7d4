// LoadProbe: feeds a worker's LoadShedder with how late its loop is. One worker's, on its thread;
// owned by it, beside its shedder.
#pragma once
#include "net/event_loop.hpp"
#include "net/loop_delay.hpp"
#include "policy/load_shedder.hpp"

namespace apiforge::gateway {

class LoadProbe {
 public:
  /// A worker that serves calls is measured so often; an idle one is not, and costs nothing.
  static constexpr std::chrono::milliseconds kInterval{5};
  /// A worker that nobody called for so long is not late, whatever was measured before.
  static constexpr std::chrono::milliseconds kQuietTime{1'000};

  /// Both must outlive it.
  LoadProbe(net::EventLoop& loop, policy::LoadShedder& shedder)
      : shedder_(shedder),
        delay_(loop, [this](auto late, auto now) { shedder_.on_delay(late, now); }) {}

  /// At the beginning of each call.
  void on_call(MonotonicTime now) {
    if (now - last_ < kInterval) return;
    if (now - last_ > kQuietTime) shedder_.on_delay({}, now);
    last_ = now;
    delay_.measure();
  }

 private:
  policy::LoadShedder& shedder_;
  net::LoopDelay delay_;
  MonotonicTime last_{};
};

}  // namespace apiforge::gateway
