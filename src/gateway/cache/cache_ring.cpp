#include "gateway/cache/cache_ring.hpp"

#include <algorithm>

#include "gateway/cache/worker_cache.hpp"

namespace apiforge::gateway::cache {
namespace {

// The list of owners is cleaned when it has doubled since the last time, from this size on.
constexpr std::size_t kMinOwnersToCheck = 1'024;

}  // namespace

CacheRing::CacheRing(std::size_t workers, std::uint64_t seed)
    : seed_(seed), members_(workers), owners_to_check_at_(kMinOwnersToCheck) {}

void CacheRing::join(std::size_t worker, net::EventLoop& loop, WorkerCache& cache) {
  Member& member = members_[worker];
  const std::lock_guard lock(member.mutex);
  member.loop = &loop;
  member.cache = &cache;
}

void CacheRing::leave(std::size_t worker) {
  Member& member = members_[worker];
  const std::lock_guard lock(member.mutex);
  member.loop = nullptr;
  member.cache = nullptr;
}

void CacheRing::post(std::size_t worker, std::move_only_function<void(WorkerCache&)> work) {
  Member& member = members_[worker];
  const std::lock_guard lock(member.mutex);
  if (member.loop == nullptr) return;
  // The cache is there as long as its loop runs what is posted.
  member.loop->post([cache = member.cache, work = std::move(work)]() mutable { work(*cache); });
}

CacheOwner CacheRing::owner_of(const std::shared_ptr<const void>& object) {
  const std::lock_guard lock(owners_mutex_);
  if (owners_.size() >= owners_to_check_at_) forget_owners_that_are_gone();
  CacheOwner& owner = owners_[object.get()];
  // The address may have been that of another, which is gone.
  if (owner.id == 0 || owner.alive.expired()) owner = {next_owner_++, object};
  return owner;
}

void CacheRing::forget_owners_that_are_gone() {
  std::erase_if(owners_, [](const auto& entry) { return entry.second.alive.expired(); });
  owners_to_check_at_ = std::max(kMinOwnersToCheck, owners_.size() * 2);
}

}  // namespace apiforge::gateway::cache
