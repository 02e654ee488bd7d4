// EventLoop: one thread's loop of sockets, timers and posted work. Everything but `post` and `stop`
// belongs to the thread that calls `run`.
#pragma once
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/task.hpp"
#include "net/timer_wheel.hpp"

namespace apiforge::net {

class EventLoop {
 public:
  explicit EventLoop(const Clock& clock, std::uint64_t seed);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs until `stop`.
  void run();
  /// Runs what is ready, without waiting. For tests.
  void poll();
  /// After `run` has ended: lets every deadline pass and runs what that sets free, so that
  /// coroutines that were waiting come to their end. Bounded; on any thread that has the loop to
  /// itself.
  void run_out();
  /// Ends `run` after the handler under way. From any thread.
  void stop();
  /// Runs `work` on the loop's thread, soon. From any thread.
  void post(std::move_only_function<void()> work);

  const Clock& clock() const { return clock_; }
  /// Reads the clock.
  MonotonicTime now() { return recent_ = clock_.now(); }
  /// What `now` last returned. For deadlines: reading the clock for each would cost a call a
  /// twentieth of its budget, and every call reads it when it begins and when its reply comes.
  MonotonicTime recent() const { return recent_; }
  /// Calendar time of `recent`; a clock that is set is noticed within a tick.
  WallTime recent_wall() const { return WallTime(recent_.time_since_epoch() + wall_offset_); }
  Random& random() { return random_; }
  TimerWheel& timers() { return timers_; }

  /// True on the thread that is in `run`.
  bool is_current() const;

  /// Suspends the awaiting coroutine until the deadline, to the precision of TimerWheel::kTick.
  class SleepAwaiter;
  SleepAwaiter sleep_until(MonotonicTime deadline);

  struct Native;  // the io_context; see detail/native_loop.hpp
  Native& native() { return *native_; }

 private:
  void tick();

  void note_wall_offset();

  const Clock& clock_;
  MonotonicTime recent_;
  std::chrono::nanoseconds wall_offset_{0};
  Random random_;
  TimerWheel timers_;
  std::unique_ptr<Native> native_;
};

class EventLoop::SleepAwaiter final : private Timer::Owner {
 public:
  SleepAwaiter(EventLoop& loop, MonotonicTime deadline)
      : timer_(loop.timers(), *this), deadline_(deadline) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    timer_.set(deadline_);
  }
  void await_resume() const {}

 private:
  void on_deadline(Timer&) override { waiter_.resume(); }
  Timer timer_;
  MonotonicTime deadline_;
  std::coroutine_handle<> waiter_;
};

}  // namespace apiforge::net
