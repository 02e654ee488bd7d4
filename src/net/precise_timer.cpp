#include "net/precise_timer.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "net/detail/native_loop.hpp"

namespace apiforge::net {

// Shared with the wait under way, which may complete after the timer is gone.
struct PreciseTimer::State {
  State(EventLoop& event_loop, std::function<void()> callback)
      : loop(event_loop),
        timer(event_loop.native().context.get_executor()),
        on_deadline(std::move(callback)) {}

  EventLoop& loop;
  decltype(EventLoop::Native::tick) timer;
  std::function<void()> on_deadline;
  std::uint64_t generation = 0;  ///< of the deadline; a wait for an earlier one means nothing
};

PreciseTimer::PreciseTimer(EventLoop& loop, std::function<void()> on_deadline)
    : state_(std::make_shared<State>(loop, std::move(on_deadline))) {}

PreciseTimer::~PreciseTimer() {
  clear();
}

void PreciseTimer::set(MonotonicTime deadline) {
  const std::uint64_t generation = ++state_->generation;
  const auto left = std::max(deadline - state_->loop.now(), std::chrono::nanoseconds(0));
  state_->timer.expires_after(left);
  state_->timer.async_wait([state = state_, generation](const boost::system::error_code&) {
    if (state->generation != generation) return;
    state->on_deadline();
  });
}

void PreciseTimer::clear() {
  ++state_->generation;
  state_->timer.cancel();
}

}  // namespace apiforge::net
