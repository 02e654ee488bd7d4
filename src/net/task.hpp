// Task<T>: a coroutine that one other coroutine awaits. It runs when it is called, up to its first
// wait; what does not wait has ended when it is awaited, and costs its caller no suspension. Runs
// wholly on the thread of the event loop that resumes it; never crosses threads. The awaiting frame
// owns the awaited one.
//
// Why not asio::awaitable: see docs/adr/0002. Coroutines here are free functions or members, never
// capturing lambdas; parameters are values or outlive the awaiting frame.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "net/frame_pool.hpp"

namespace apiforge::net {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> frame) const noexcept {
      return frame.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) { FramePool::release(memory, size); }

  std::suspend_never initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Errors travel as values; an exception here is a programmer error or memory exhaustion.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  /// Nobody's as long as the task is not awaited.
  std::coroutine_handle<> continuation = std::noop_coroutine();
};

template <class T>
struct Promise : PromiseBase {
  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& value) {
    result.emplace(std::forward<Value>(value));
  }
  T take() { return std::move(*result); }
  std::optional<T> result;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> frame;
      bool await_ready() const noexcept { return frame.done(); }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept {
        frame.promise().continuation = waiter;
      }
      T await_resume() const { return frame.promise().take(); }
    };
    return Awaiter{frame_};
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

// A coroutine that starts at once and destroys itself at its end.
struct Detached {
  struct promise_type {
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory, std::size_t size) {
      FramePool::release(memory, size);
    }
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};
}  // namespace detail

/// Runs a task to its end without anyone waiting for it. What it uses must outlive it.
inline void spawn(Task<void> task) {
  [](Task<void> owned) -> detail::Detached { co_await std::move(owned); }(std::move(task));
}

/// A task that runs beside its parent. The parent must `co_await join()` before it ends.
class ChildTask {
 public:
  ChildTask() = default;
  ChildTask(const ChildTask&) = delete;
  ChildTask& operator=(const ChildTask&) = delete;

  /// Takes over a task, which has run up to its first wait.
  void start(Task<void> task) {
    running_ = true;
    run(this, std::move(task));
  }
  bool running() const { return running_; }

  auto join() noexcept {
    struct Awaiter {
      ChildTask& child;
      bool await_ready() const noexcept { return !child.running_; }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { child.waiter_ = waiter; }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  static detail::Detached run(ChildTask* self, Task<void> task) {
    co_await std::move(task);
    self->running_ = false;
    if (self->waiter_) std::exchange(self->waiter_, nullptr).resume();
  }

  bool running_ = false;
  std::coroutine_handle<> waiter_ = nullptr;
};

}  // namespace apiforge::net
