// Workers on threads of their own that ask for the same keys; meant for the thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "gateway/cache/worker_cache.hpp"
#include "gateway/cache/worker_cache_fixture.hpp"

namespace apiforge::gateway::cache {
namespace {

constexpr std::size_t kWorkers = 3;
constexpr std::size_t kCallsOfWorker = 200;
constexpr std::chrono::minutes kPatience{5};

struct Worker {
  Worker(const Clock& clock, const std::shared_ptr<CacheRing>& ring, std::size_t index)
      : loop(clock, index), cache(loop, ring, index, 1 << 20) {}
  net::EventLoop loop;
  WorkerCache cache;
  std::thread thread;
};

class WorkerCacheConcurrency : public testing::Test {
 protected:
  WorkerCacheConcurrency() {
    for (std::size_t i = 0; i < kWorkers; ++i) workers_.emplace_back(clock_, ring_, i);
    for (Worker& worker : workers_) worker.thread = std::thread([&worker] { worker.loop.run(); });
  }
  ~WorkerCacheConcurrency() override {
    for (Worker& worker : workers_) {
      worker.loop.stop();
      worker.thread.join();
    }
    for (Worker& worker : workers_) worker.loop.run_out();
  }

  /// One call, as `recall` and `keep` make it: looks, asks, and goes upstream when it has to.
  net::Task<void> call(Worker& worker, std::string key, bool is_cancelled) {
    AskingCall asking;
    asking.key = std::move(key);
    const CacheKey cache_key = worker.cache.key(asking.key);
    if (!worker.cache.find(cache_key, {})) {
      const MonotonicTime deadline = worker.loop.now() + kPatience;
      co_await ask(asking, worker.cache, AskMode::Join, deadline);
      if (asking.leads() && is_cancelled) {
        asking.flight = {};
      } else if (asking.leads()) {
        ++upstream_calls_;
        // The time of an upstream, in which the others come.
        const MonotonicTime later = worker.loop.now() + std::chrono::milliseconds(30);
        co_await worker.loop.sleep_until(later);
        worker.cache.keep(cache_key, worker.cache.owner_of(api_),
                          kept_reply("the reply", worker.loop.now()), worker.loop.now(),
                          asking.flight);
      } else if (asking.told != Told::Look && asking.told != Told::Landed) {
        ++failures_;
      }
    }
    ended_.count_down();
  }

  void call_from_all_workers(std::size_t keys, bool with_cancelled) {
    for (Worker& worker : workers_) {
      worker.loop.post([this, &worker, keys, with_cancelled] {
        for (std::size_t i = 0; i < kCallsOfWorker; ++i) {
          net::spawn(call(worker, "key " + std::to_string(i % keys), with_cancelled && i < keys));
        }
      });
    }
    ended_.wait();
  }

  SystemClock clock_;
  std::shared_ptr<int> api_ = std::make_shared<int>();
  std::shared_ptr<CacheRing> ring_ = std::make_shared<CacheRing>(kWorkers, 7);
  std::deque<Worker> workers_;
  std::latch ended_{kWorkers * kCallsOfWorker};
  std::atomic<std::size_t> upstream_calls_ = 0;
  std::atomic<std::size_t> failures_ = 0;
};

TEST_F(WorkerCacheConcurrency, equal_calls_of_all_workers_go_upstream_once) {
  call_from_all_workers(1, false);
  EXPECT_EQ(upstream_calls_, 1u);
  EXPECT_EQ(failures_, 0u);
}

TEST_F(WorkerCacheConcurrency, many_keys_have_one_upstream_call_each) {
  call_from_all_workers(20, false);
  EXPECT_EQ(upstream_calls_, 20u);
  EXPECT_EQ(failures_, 0u);
}

TEST_F(WorkerCacheConcurrency, leaders_that_are_cancelled_leave_nobody_waiting) {
  call_from_all_workers(20, true);
  EXPECT_EQ(upstream_calls_, 20u);
  EXPECT_EQ(failures_, 0u);
}

TEST_F(WorkerCacheConcurrency, writes_reach_all_workers_while_others_read) {
  for (int i = 0; i < 50; ++i) {
    Worker& writer = workers_[static_cast<std::size_t>(i) % kWorkers];
    writer.loop.post([&writer] { writer.cache.invalidate(writer.cache.key("another key")); });
  }
  call_from_all_workers(5, false);
  EXPECT_EQ(upstream_calls_, 5u);
  EXPECT_EQ(failures_, 0u);
}

}  // namespace
}  // namespace apiforge::gateway::cache
