#include "shared_state/redis/known_buckets.hpp"

#include <algorithm>

namespace apiforge::shared_state {

KnownBuckets::Bucket KnownBuckets::find(std::string_view key) const {
  const auto found = buckets_.find(key);
  return found == buckets_.end() ? Bucket{} : found->second;
}

void KnownBuckets::failed(const std::string& key) {
  make_room();
  buckets_[key].failed_at = ++failures_;
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
