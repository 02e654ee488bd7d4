// Hop: runs work on another event loop and resumes the awaiting coroutine on its own.
#pragma once
#include <coroutine>
#include <functional>
#include <optional>
#include <utility>

#include "net/event_loop.hpp"

namespace apiforge::net {

/// `co_await run_on(there, here, work)` gives what `work()` returned on the thread of `there`. Both
/// loops must outlive the wait; the awaiting coroutine must not be destroyed meanwhile.
template <class Work>
class Hop {
 public:
  using Value = std::invoke_result_t<Work>;

  Hop(EventLoop& there, EventLoop& here, Work work)
      : there_(there), here_(here), work_(std::move(work)) {}

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    there_.post([this, waiter] {
      value_.emplace(work_());
      here_.post([waiter] { waiter.resume(); });
    });
  }
  Value await_resume() { return std::move(*value_); }

 private:
  EventLoop& there_;
  EventLoop& here_;
  Work work_;
  std::optional<Value> value_;
};

template <class Work>
Hop<Work> run_on(EventLoop& there, EventLoop& here, Work work) {
  return {there, here, std::move(work)};
}

}  // namespace apiforge::net
