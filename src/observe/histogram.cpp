#include "observe/histogram.hpp"

#include <cmath>
#include <numeric>

namespace apiforge::observe {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

/// For each export bound, how many buckets lie below it, judged by their middle.
std::array<std::size_t, kExportBounds.size()> buckets_below_bounds() {
  std::array<std::size_t, kExportBounds.size()> result{};
  for (std::size_t i = 0; i < kExportBounds.size(); ++i) {
    const auto bound = static_cast<std::uint64_t>(kExportBounds[i] * kNanosecondsPerSecond);
    const std::size_t bucket = LatencyScale::bucket_of(bound);
    result[i] = LatencyScale::middle(bucket) <= bound ? bucket + 1 : bucket;
  }
  return result;
}

}  // namespace

std::uint64_t LatencyCounts::total() const {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

std::chrono::nanoseconds LatencyCounts::quantile(double q) const {
  const std::uint64_t all = total();
  if (all == 0) return std::chrono::nanoseconds{0};
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(all))), 1, all);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += buckets[bucket]) < rank) ++bucket;
  return std::chrono::nanoseconds{LatencyScale::middle(bucket)};
}

void LatencyCounts::merge(const LatencyCounts& other) {
  if (other.buckets.empty()) return;
  buckets.resize(LatencyScale::kBuckets);
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  sum_ns += other.sum_ns;
}

LatencyHistogram::~LatencyHistogram() {
  for (const auto& page : pages_) delete page.load(std::memory_order_relaxed);
}

LatencyHistogram::Page* LatencyHistogram::make(std::size_t index) {
  auto* page = new Page{};
  // A reader that sees the pointer sees the zeros behind it.
  pages_[index].store(page, std::memory_order_release);
  return page;
}

void LatencyHistogram::add_to(LatencyCounts& counts) const {
  counts.buckets.resize(LatencyScale::kBuckets);
  for (std::size_t index = 0; index < kPages; ++index) {
    const Page* page = pages_[index].load(std::memory_order_acquire);
    if (page == nullptr) continue;
    const std::size_t first = index * kPageBuckets;
    const std::size_t count = std::min(kPageBuckets, LatencyScale::kBuckets - first);
    for (std::size_t i = 0; i < count; ++i) counts.buckets[first + i] += (*page)[i].value();
  }
  counts.sum_ns += sum_ns_.value();
}

LatencyCell::~LatencyCell() {
  delete histogram_.load(std::memory_order_relaxed);
}

LatencyHistogram* LatencyCell::make() {
  auto* histogram = new LatencyHistogram;
  // A reader that sees the pointer sees the zeros behind it.
  histogram_.store(histogram, std::memory_order_release);
  return histogram;
}

std::array<std::uint64_t, kExportBounds.size()> cumulative_counts(const LatencyCounts& counts) {
  static const auto below = buckets_below_bounds();
  std::array<std::uint64_t, kExportBounds.size()> result{};
  if (counts.buckets.empty()) return result;
  std::uint64_t sum = 0;
  std::size_t bucket = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (; bucket < below[i]; ++bucket) sum += counts.buckets[bucket];
    result[i] = sum;
  }
  return result;
}

}  // namespace apiforge::observe
