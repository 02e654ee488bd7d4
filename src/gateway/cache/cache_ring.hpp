// CacheRing: the caches of all workers of a process, and which of them is the home of a key. Shared
// by the workers; any thread. A worker joins before its loop runs and leaves when it is destroyed,
// so that what is sent to one that has gone is dropped.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "gateway/cache/reply_cache.hpp"
#include "net/event_loop.hpp"

namespace apiforge::gateway::cache {

class WorkerCache;

class CacheRing {
 public:
  /// `seed` makes the hashes of keys unpredictable to callers.
  CacheRing(std::size_t workers, std::uint64_t seed);

  std::size_t size() const { return members_.size(); }
  std::uint64_t seed() const { return seed_; }
  /// Where flights of a key are, and where its replies can be found.
  std::size_t home_of(std::uint64_t hash) const { return (hash >> 32) % members_.size(); }

  void join(std::size_t worker, net::EventLoop& loop, WorkerCache& cache);
  void leave(std::size_t worker);
  /// Runs `work` on the loop of a worker, soon. Not on the way of a hit: it takes a lock, as
  /// posting to a loop does anyway.
  void post(std::size_t worker, std::move_only_function<void(WorkerCache&)> work);

  /// The same number for the same object on all workers, never used again for another.
  CacheOwner owner_of(const std::shared_ptr<const void>& object);

 private:
  struct Member {
    std::mutex mutex;
    net::EventLoop* loop = nullptr;
    WorkerCache* cache = nullptr;
  };
  void forget_owners_that_are_gone();

  const std::uint64_t seed_;
  std::vector<Member> members_;
  std::mutex owners_mutex_;
  std::unordered_map<const void*, CacheOwner> owners_;
  std::uint64_t next_owner_ = 1;
  std::size_t owners_to_check_at_;
};

}  // namespace apiforge::gateway::cache
