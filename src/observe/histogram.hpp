// LatencyHistogram: how long things took, to within 1 %, from 1 µs to 9 minutes, in 264 bytes and
// as many again for each octave that occurs: 2 KiB for most, 8 KiB at most. One thread records, any
// thread reads. Owned by the cell groups of call_metrics.hpp and tenant_table.hpp; where there are
// many that nothing happens to, by way of LatencyCell.
//
// The buckets follow a cubic approximation of log2, as in DDSketch (Masson, Rim, Lee, VLDB 2019):
// 35 an octave keep every bucket's width below 2 % of its values, so the middle is never more than
// 1 % off. Shifts and masks (log-linear) would need 50 an octave for the same promise.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "observe/cells.hpp"

namespace apiforge::observe {

/// Where a duration is counted. Pure arithmetic, shared by writers and readers.
class LatencyScale {
 public:
  static constexpr int kBucketsPerOctave = 35;
  static constexpr int kFirstExponent = 10;  ///< 2^10 ns; shorter durations share bucket 0
  static constexpr int kLastExponent = 39;   ///< 2^39 ns = 550 s; longer ones share the last bucket
  static constexpr std::size_t kBuckets =
      static_cast<std::size_t>(kLastExponent - kFirstExponent) * kBucketsPerOctave + 2;

  static constexpr std::size_t bucket_of(std::uint64_t nanoseconds) {
    if (nanoseconds < (1ull << kFirstExponent)) return 0;
    if (nanoseconds >= (1ull << kLastExponent)) return kBuckets - 1;
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(nanoseconds));
    const int exponent = static_cast<int>(bits >> kMantissaBits) - kExponentBias;
    const double fraction = std::bit_cast<double>((bits & kMantissaMask) | kOne) - 1.0;
    // log2(1 + x) for x in [0, 1): exact at both ends and with equal slopes there.
    const double log2 = ((6.0 / 35 * fraction - 3.0 / 5) * fraction + 10.0 / 7) * fraction;
    const double octaves = exponent - kFirstExponent + log2;
    return std::min(1 + static_cast<std::size_t>(octaves * kBucketsPerOctave), kBuckets - 2);
  }

  /// The shortest duration that is counted in this bucket, in nanoseconds.
  static constexpr std::uint64_t lower_edge(std::size_t bucket) {
    std::uint64_t low = 0;
    std::uint64_t high = 1ull << kLastExponent;
    while (low < high) {
      const std::uint64_t middle = (low + high) / 2;
      if (bucket_of(middle) < bucket) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The value that stands for all of a bucket: at most 1 % from each of them, between the ends.
  static constexpr std::uint64_t middle(std::size_t bucket) {
    const auto low = static_cast<double>(lower_edge(bucket));
    if (bucket == kBuckets - 1) return static_cast<std::uint64_t>(low);
    const auto high = static_cast<double>(lower_edge(bucket + 1));
    return static_cast<std::uint64_t>(bucket == 0 ? high / 2 : 2 * low * high / (low + high));
  }

 private:
  static constexpr int kMantissaBits = 52;
  static constexpr int kExponentBias = 1023;
  static constexpr std::uint64_t kMantissaMask = (1ull << kMantissaBits) - 1;
  static constexpr std::uint64_t kOne = std::bit_cast<std::uint64_t>(1.0);
};

/// What was read from one or more histograms. A value.
struct LatencyCounts {
  std::vector<std::uint64_t> buckets;  ///< LatencyScale::kBuckets, or none when nothing was counted
  std::uint64_t sum_ns = 0;

  std::uint64_t total() const;
  /// The duration that the share `q` (0..1) did not exceed; 0 when nothing was counted.
  std::chrono::nanoseconds quantile(double q) const;
  void merge(const LatencyCounts& other);
};

class LatencyHistogram {
 public:
  LatencyHistogram() = default;
  LatencyHistogram(const LatencyHistogram&) = delete;
  LatencyHistogram& operator=(const LatencyHistogram&) = delete;
  ~LatencyHistogram();

  void record(std::uint64_t nanoseconds) {
    const std::size_t bucket = LatencyScale::bucket_of(nanoseconds);
    // Only this thread has ever stored it.
    Page* page = pages_[bucket / kPageBuckets].load(std::memory_order_relaxed);
    if (page == nullptr) [[unlikely]]
      page = make(bucket / kPageBuckets);
    (*page)[bucket % kPageBuckets].add();
    sum_ns_.add(nanoseconds);
  }
  /// Adds what was counted so far; for the histograms of several workers, one after the other.
  void add_to(LatencyCounts& counts) const;

 private:
  static constexpr std::size_t kPageBuckets = 32;  ///< about an octave
  static constexpr std::size_t kPages = (LatencyScale::kBuckets + kPageBuckets - 1) / kPageBuckets;
  using Page = std::array<Counter, kPageBuckets>;
  Page* make(std::size_t index);

  std::array<std::atomic<Page*>, kPages> pages_{};  ///< each from its first duration on
  Counter sum_ns_;
};

/// A LatencyHistogram from the first duration on, and a pointer until then: of thousands of
/// configured Apis most are never called. The recording thread makes it, without a lock.
class LatencyCell {
 public:
  LatencyCell() = default;
  LatencyCell(const LatencyCell&) = delete;
  LatencyCell& operator=(const LatencyCell&) = delete;
  ~LatencyCell();

  void record(std::uint64_t nanoseconds) {
    // Only this thread has ever stored it.
    LatencyHistogram* histogram = histogram_.load(std::memory_order_relaxed);
    if (histogram == nullptr) [[unlikely]]
      histogram = make();
    histogram->record(nanoseconds);
  }
  /// See BasicLatencyHistogram::add_to.
  void add_to(LatencyCounts& counts) const {
    if (const auto* histogram = histogram_.load(std::memory_order_acquire)) {
      histogram->add_to(counts);
    }
  }

 private:
  LatencyHistogram* make();

  std::atomic<LatencyHistogram*> histogram_{nullptr};
};

/// Upper bounds (`le`) of the buckets that Prometheus sees, in seconds.
inline constexpr std::array kExportBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                          0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};

/// How many durations were at most each of kExportBounds. A duration within 1 % of a bound may be
/// counted on its other side; the counts never shrink as more is recorded.
std::array<std::uint64_t, kExportBounds.size()> cumulative_counts(const LatencyCounts& counts);

}  // namespace apiforge::observe
