#include "observe/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/random.hpp"

namespace apiforge::observe {
namespace {

std::uint64_t quantile_of(const LatencyHistogram& histogram, double q) {
  LatencyCounts counts;
  histogram.add_to(counts);
  return static_cast<std::uint64_t>(counts.quantile(q).count());
}

TEST(LatencyHistogram, is_within_one_percent_from_a_microsecond_to_nine_minutes) {
  for (double ns = 1'024; ns < 549e9; ns *= 1.0003) {
    const auto value = static_cast<std::uint64_t>(ns);
    const std::uint64_t shown = LatencyScale::middle(LatencyScale::bucket_of(value));
    const auto exact = static_cast<double>(value);
    ASSERT_NEAR(static_cast<double>(shown), exact, exact * 0.01 + 1) << "the 1 is rounding to ns";
  }
}

TEST(LatencyHistogram, keeps_buckets_in_the_order_of_durations) {
  std::size_t previous = 0;
  for (double ns = 1; ns < 1e12; ns *= 1.001) {
    const std::size_t bucket = LatencyScale::bucket_of(static_cast<std::uint64_t>(ns));
    ASSERT_GE(bucket, previous);
    ASSERT_LT(bucket, LatencyScale::kBuckets);
    previous = bucket;
  }
}

TEST(LatencyHistogram, begins_each_bucket_at_its_lower_edge) {
  for (std::size_t bucket = 1; bucket < LatencyScale::kBuckets; ++bucket) {
    const std::uint64_t edge = LatencyScale::lower_edge(bucket);
    ASSERT_EQ(LatencyScale::bucket_of(edge), bucket);
    ASSERT_EQ(LatencyScale::bucket_of(edge - 1), bucket - 1);
  }
}

TEST(LatencyHistogram, takes_any_duration) {
  EXPECT_EQ(LatencyScale::bucket_of(0), 0u);
  EXPECT_EQ(LatencyScale::bucket_of((1ull << 39) - 1), LatencyScale::kBuckets - 2);
  EXPECT_EQ(LatencyScale::bucket_of(~0ull), LatencyScale::kBuckets - 1);
}

TEST(LatencyHistogram, finds_the_quantiles_of_ten_thousand_durations) {
  LatencyHistogram histogram;
  Random random(7);
  std::vector<double> durations;
  for (int i = 0; i < 10'000; ++i) {
    durations.push_back(50e3 * std::exp(6 * random.unit()));
    histogram.record(static_cast<std::uint64_t>(durations.back()));
  }
  std::sort(durations.begin(), durations.end());
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    const double exact = durations[static_cast<std::size_t>(q * 10'000) - 1];
    EXPECT_NEAR(static_cast<double>(quantile_of(histogram, q)), exact, exact * 0.011) << q;
  }
}

TEST(LatencyHistogram, has_no_quantile_when_empty) {
  EXPECT_EQ(quantile_of(LatencyHistogram(), 0.99), 0u);
}

TEST(LatencyHistogram, gives_any_duration_back_from_the_page_that_it_was_counted_in) {
  static_assert(sizeof(LatencyHistogram) <= 264);
  for (double ns = 1; ns < 1e12; ns *= 1.01) {
    LatencyHistogram histogram;
    histogram.record(static_cast<std::uint64_t>(ns));
    const std::uint64_t shown =
        LatencyScale::middle(LatencyScale::bucket_of(static_cast<std::uint64_t>(ns)));
    ASSERT_EQ(quantile_of(histogram, 0.5), shown);
  }
}

TEST(LatencyHistogram, counts_the_shortest_and_the_longest) {
  LatencyHistogram histogram;
  for (const std::uint64_t ns : {std::uint64_t{0}, ~std::uint64_t{0}}) histogram.record(ns);
  LatencyCounts counts;
  histogram.add_to(counts);
  EXPECT_EQ(counts.buckets.front(), 1u);
  EXPECT_EQ(counts.buckets.back(), 1u);
  EXPECT_EQ(counts.total(), 2u);
}

TEST(LatencyCell, counts_like_a_histogram_and_reads_as_nothing_before_the_first_duration) {
  LatencyCell cell;
  LatencyCounts counts;
  cell.add_to(counts);
  EXPECT_TRUE(counts.buckets.empty()) << "memory for an Api that nobody has called";
  EXPECT_EQ(counts.total(), 0u);
  EXPECT_EQ(cumulative_counts(counts).back(), 0u);

  LatencyHistogram same;
  for (const std::uint64_t nanoseconds : {5'000u, 70'000u, 70'000u, 4'000'000u}) {
    cell.record(nanoseconds);
    same.record(nanoseconds);
  }
  LatencyCounts expected;
  same.add_to(expected);
  cell.add_to(counts);
  EXPECT_EQ(counts.buckets, expected.buckets);
  EXPECT_EQ(counts.sum_ns, expected.sum_ns);
  counts.merge(LatencyCounts{});
  EXPECT_EQ(counts.total(), 4u);
}

TEST(LatencyHistogram, adds_up_several_workers) {
  LatencyHistogram first;
  LatencyHistogram second;
  first.record(1'000'000);
  second.record(3'000'000);
  LatencyCounts counts;
  first.add_to(counts);
  second.add_to(counts);
  EXPECT_EQ(counts.total(), 2u);
  EXPECT_EQ(counts.sum_ns, 4'000'000u);
  LatencyCounts twice = counts;
  twice.merge(counts);
  EXPECT_EQ(twice.total(), 4u);
}

TEST(LatencyHistogram, exports_cumulative_counts_by_upper_bound) {
  LatencyHistogram histogram;
  histogram.record(400'000);         // <= 0.0005 s
  histogram.record(7'000'000);       // <= 0.01 s
  histogram.record(90'000'000'000);  // beyond 60 s
  LatencyCounts counts;
  histogram.add_to(counts);
  const auto cumulative = cumulative_counts(counts);
  EXPECT_EQ(cumulative.front(), 1u);
  EXPECT_EQ(cumulative[3], 1u);
  EXPECT_EQ(cumulative[4], 2u);
  EXPECT_EQ(cumulative.back(), 2u);
}

TEST(LatencyHistogram, puts_durations_off_by_more_than_a_percent_on_the_right_side_of_a_bound) {
  for (std::size_t i = 0; i < kExportBounds.size(); ++i) {
    const auto below = std::make_unique<LatencyHistogram>();
    below->record(static_cast<std::uint64_t>(kExportBounds[i] * 1e9 * 0.98));
    below->record(static_cast<std::uint64_t>(kExportBounds[i] * 1e9 * 1.02));
    LatencyCounts counts;
    below->add_to(counts);
    EXPECT_EQ(cumulative_counts(counts)[i], 1u) << kExportBounds[i];
  }
}

}  // namespace
}  // namespace apiforge::observe
