#include "net/loop_delay.hpp"

#include <sys/eventfd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <utility>

#include "net/detail/native_loop.hpp"

namespace apiforge::net {

// Shared with the wait under way, which may complete after the LoopDelay is gone.
struct LoopDelay::State {
  State(EventLoop& event_loop, OnDelay callback)
      : loop(event_loop),
        on_delay(std::move(callback)),
        descriptor(event_loop.native().context.get_executor()) {
    // Always readable: to wait for it puts it at the end of what is ready.
    const int counter = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    if (counter >= 0) descriptor.assign(counter);
  }

  EventLoop& loop;
  OnDelay on_delay;
  detail::asio::posix::basic_stream_descriptor<detail::Executor> descriptor;
  MonotonicTime begun{};
  bool under_way = false;
};

LoopDelay::LoopDelay(EventLoop& loop, OnDelay on_delay)
    : state_(std::make_shared<State>(loop, std::move(on_delay))) {}

LoopDelay::~LoopDelay() {
  state_->on_delay = nullptr;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

void LoopDelay::measure() {
  State& state = *state_;
  if (state.under_way || !state.descriptor.is_open()) return;
  state.under_way = true;
  state.begun = state.loop.now();
  state.descriptor.async_wait(detail::asio::posix::descriptor_base::wait_read,
                              [state = state_](const boost::system::error_code& error) {
                                state->under_way = false;
                                if (error || !state->on_delay) return;
                                const MonotonicTime now = state->loop.now();
                                state->on_delay(now - state->begun, now);
                              });
}

}  // namespace apiforge::net
