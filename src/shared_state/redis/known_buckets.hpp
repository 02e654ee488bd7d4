// KnownBuckets: what this node knows of the buckets in Redis, so that a store that lost them does
// not hand out their units twice. TATs are times of Redis, in microseconds. Pure; one thread; owned
// by RedisCounters.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace apiforge::shared_state {

class KnownBuckets {
 public:
  /// Buckets that are not full again yet, and such that could not be asked lately. Of more than
  /// these some are forgotten: when Redis loses its data at that moment, they start full.
  static constexpr std::size_t kMax = 100'000;

  struct Bucket {
    std::int64_t last_tat = 0;    ///< when it will be full again, as Redis said last
    std::int64_t taken = 0;       ///< of a window: so many units, as Redis said last
    std::uint64_t failed_at = 0;  ///< number of the last failure that no answer followed; 0: none
    MonotonicTime share_since{};  ///< after a failure: from here on local shares may be used
    std::chrono::nanoseconds debt{0};  ///< of rate, for shares that may have been used before
  };

  Bucket find(std::string_view key) const;
  /// Redis did not answer for it at `now`: meanwhile local shares may be used. `debt` is what the
  /// question should have paid.
  void failed(const std::string& key, MonotonicTime now, std::chrono::nanoseconds debt);
  /// The time of the rate that is to be paid for the shares that this node, one of `nodes`, may
  /// have used until `until`. Who takes it pays it, or gives it back with `failed`.
  std::chrono::nanoseconds take_debt(const std::string& key, MonotonicTime until,
                                     std::uint32_t nodes);
  /// All buckets are empty now, which pays for what was used until `now`.
  void all_paid(MonotonicTime now);
  /// Redis answered a lease that was asked for when the bucket was as `asked`.
  void answered(const std::string& key, const Bucket& asked, std::int64_t tat, std::int64_t now,
                std::int64_t taken = 0);
  std::size_t size() const { return buckets_.size(); }

 private:
  void make_room();

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
  std::uint64_t failures_ = 0;
  std::int64_t now_ = 0;  ///< as Redis said last
};

}  // namespace apiforge::shared_state
