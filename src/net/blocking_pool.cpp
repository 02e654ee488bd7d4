#include "net/blocking_pool.hpp"

#include <sys/resource.h>

namespace apiforge::net {
namespace {

// Calls go before administration: where both want a core, these threads get a tenth of it, and do
// not interrupt a worker when they wake.
constexpr int kNice = 10;

void give_way_to_workers() {
  // On Linux a priority belongs to a thread, and 0 is the one that asks (setpriority(2)). A refusal
  // costs no more than the priority.
  ::setpriority(PRIO_PROCESS, 0, kNice);
}

}  // namespace

BlockingPool::BlockingPool(unsigned threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

bool BlockingPool::post(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void BlockingPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void BlockingPool::serve() {
  give_way_to_workers();
  while (true) {
    std::move_only_function<void()> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace apiforge::net
