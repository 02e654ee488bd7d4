#include "net/event_loop.hpp"

#include <boost/asio/post.hpp>

#include "net/detail/end_watch.hpp"
#include "net/detail/native_loop.hpp"

namespace apiforge::net {

EventLoop::EventLoop(const Clock& clock, std::uint64_t seed)
    : clock_(clock),
      recent_(clock.now()),
      random_(seed),
      timers_(recent_),
      native_(std::make_unique<Native>()) {
  detail::asio::use_service<detail::EndWatch>(native_->context);
  note_wall_offset();
}

void EventLoop::note_wall_offset() {
  wall_offset_ = clock_.wall().time_since_epoch() - now().time_since_epoch();
}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
  tick();
  native_->context.run();
}

void EventLoop::poll() {
  native_->context.restart();
  native_->context.poll();
}

void EventLoop::run_out() {
  constexpr int kRounds = 64;
  native_->tick.cancel();
  for (int round = 0; round < kRounds; ++round) {
    timers_.expire_all();
    native_->context.restart();
    if (native_->context.poll() == 0 && timers_.empty()) return;
  }
}

void EventLoop::stop() {
  native_->context.stop();
}

void EventLoop::post(std::move_only_function<void()> work) {
  detail::asio::post(native_->context, std::move(work));
}

EventLoop::SleepAwaiter EventLoop::sleep_until(MonotonicTime deadline) {
  return {*this, deadline};
}

bool EventLoop::is_current() const {
  return native_->context.get_executor().running_in_this_thread();
}

void EventLoop::tick() {
  native_->tick.expires_after(TimerWheel::kTick);
  native_->tick.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    note_wall_offset();
    timers_.advance(recent_);
    tick();
  });
}

}  // namespace apiforge::net
