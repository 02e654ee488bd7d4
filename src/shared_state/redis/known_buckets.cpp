#include "shared_state/redis/known_buckets.hpp"

#include <algorithm>
#include <utility>

namespace apiforge::shared_state {

KnownBuckets::Bucket KnownBuckets::find(std::string_view key) const {
  const auto found = buckets_.find(key);
  return found == buckets_.end() ? Bucket{} : found->second;
}

void KnownBuckets::failed(const std::string& key, MonotonicTime now,
                          std::chrono::nanoseconds debt) {
  make_room();
  Bucket& bucket = buckets_[key];
  if (bucket.failed_at == 0) bucket.share_since = now;
  bucket.failed_at = ++failures_;
  bucket.debt += debt;
}

std::chrono::nanoseconds KnownBuckets::take_debt(const std::string& key, MonotonicTime until,
                                                 std::uint32_t nodes) {
  const auto found = buckets_.find(key);
  if (found == buckets_.end() || found->second.failed_at == 0 || nodes == 0) return {};
  Bucket& bucket = found->second;
  const auto used = std::max(until - bucket.share_since, std::chrono::nanoseconds(0)) / nodes;
  bucket.share_since = std::max(bucket.share_since, until);
  return std::exchange(bucket.debt, std::chrono::nanoseconds(0)) + used;
}

void KnownBuckets::all_paid(MonotonicTime now) {
  for (auto& [key, bucket] : buckets_) {
    bucket.debt = {};
    bucket.share_since = now;
  }
}

void KnownBuckets::answered(const std::string& key, const Bucket& asked, std::int64_t tat,
                            std::int64_t now, std::int64_t taken) {
  now_ = std::max(now_, now);
  const auto found = buckets_.find(key);
  // A failure after this one was asked for still counts.
  const bool failed_since = found != buckets_.end() && found->second.failed_at != asked.failed_at;
  if (tat <= now && !failed_since) {
    if (found != buckets_.end()) buckets_.erase(found);
    return;
  }
  make_room();
  Bucket& bucket = buckets_[key];
  bucket.last_tat = tat;
  bucket.taken = taken;
  if (!failed_since) bucket.failed_at = 0;
}

void KnownBuckets::make_room() {
  if (buckets_.size() < kMax) return;
  std::erase_if(buckets_, [this](const auto& entry) {
    return entry.second.failed_at == 0 && entry.second.last_tat <= now_;
  });
  // Some more go, so that the next ones do not search in vain.
  for (std::size_t left = kMax / 16; buckets_.size() > kMax - kMax / 16 && left > 0; --left) {
    buckets_.erase(buckets_.begin());
  }
}

}  // namespace apiforge::shared_state
