// BlockingPool: a few threads for work that blocks, such as SQL and password hashing, so that no
// event loop ever does. They run at a lower priority than the loops. Work is handed in from any
// thread; coroutines come back to their own loop.
#pragma once
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {

class BlockingPool {
 public:
  /// `threads` at least 1; at most `max_waiting` pieces of work wait for a thread.
  BlockingPool(unsigned threads, std::size_t max_waiting);
  ~BlockingPool() { stop(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// False, and nothing is done, when too much waits or the pool has stopped.
  bool post(std::move_only_function<void()> work);
  /// Takes nothing more, does what waits, and ends the threads. Not from one of them.
  void stop();

 private:
  void serve();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Awaits work on a pool. Pool and loop must outlive the wait; the awaiting coroutine must not be
/// destroyed meanwhile.
template <class Work>
class PoolHop {
 public:
  using Value = std::invoke_result_t<Work>;

  PoolHop(BlockingPool& pool, EventLoop& here, Work work)
      : pool_(pool), here_(here), work_(std::move(work)) {}

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) {
    return pool_.post([this, waiter] {
      value_.emplace(work_());
      here_.post([waiter] { waiter.resume(); });
    });
  }
  Result<Value> await_resume() {
    if (!value_) return fail(ErrorCode::TooBusy, "too many requests wait for the database");
    return *std::move(value_);
  }

 private:
  BlockingPool& pool_;
  EventLoop& here_;
  Work work_;
  std::optional<Value> value_;
};

/// `co_await run_on(pool, here, work)` gives what `work()` returned on a thread of the pool, or
/// TooBusy when the pool takes no more.
template <class Work>
PoolHop<Work> run_on(BlockingPool& pool, EventLoop& here, Work work) {
  return {pool, here, std::move(work)};
}

}  // namespace apiforge::net
