// What RateRule promises of any sequence of calls; see docs/limits.md. Seeds are printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "policy/rate.hpp"

namespace apiforge::policy {
namespace {

using model::LimitAlgorithm;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Admission {
  MonotonicTime at{};
  std::int64_t units = 0;
};

/// Calls that come in bursts, evenly, or after a pause, as an adversary would.
class Arrivals {
 public:
  Arrivals(Random& random, const RateRule& rule) : random_(random), rule_(rule) {}

  std::vector<Admission> admitted(int calls) {
    std::vector<Admission> result;
    std::uint64_t counter = 0;
    for (int i = 0; i < calls; ++i) {
      const std::int64_t cost = cost_of_next();
      const RateVerdict verdict = rule_.decide(counter, now_, cost);
      if (verdict.allowed) result.push_back({now_, cost});
      counter = verdict.next;
      advance(verdict);
    }
    return result;
  }

 private:
  std::int64_t cost_of_next() {
    if (random_.below(4) != 0) return 1;
    return 1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(rule_.limit())));
  }
  void advance(const RateVerdict& verdict) {
    const auto per = static_cast<std::uint64_t>(rule_.per().count());
    const auto interval =
        std::max<std::uint64_t>(per / static_cast<std::uint64_t>(rule_.amount()), 1);
    switch (random_.below(8)) {
      case 0:
        return void(now_ += nanoseconds(random_.below(interval * 3)));
      case 1:
        return void(now_ += verdict.retry_after);  // as early as it may
      case 2:
        return void(now_ += verdict.retry_after > nanoseconds(1)
                                ? verdict.retry_after - nanoseconds(1)
                                : nanoseconds(0));
      case 3:
        if (random_.below(20) == 0) now_ += nanoseconds(random_.below(per * 3));
        return;
      default:
        return;
    }
  }

  Random& random_;
  const RateRule& rule_;
  MonotonicTime now_{hours(1) + milliseconds(random_.below(5'000))};
};

RateRule random_rule(Random& random, LimitAlgorithm algorithm) {
  const std::int64_t amounts[] = {1, 2, 3, 7, 100, 1'201, 999'999, 1'000'000};
  const nanoseconds periods[] = {milliseconds(1), milliseconds(7), seconds(1), seconds(60)};
  const std::int64_t bursts[] = {0, 1, 5, 1'000};
  return {algorithm, amounts[random.below(8)], periods[random.below(4)], bursts[random.below(4)]};
}

/// The most that was admitted in (t, t + length] for any t, against what `bound` allows.
template <typename Bound>
void expect_within(const std::vector<Admission>& admissions, Bound bound) {
  for (std::size_t first = 0; first < admissions.size(); first += 1 + first / 16) {
    std::int64_t units = 0;
    for (std::size_t last = first; last < admissions.size(); ++last) {
      units += admissions[last].units;
      ASSERT_LE(units, bound(admissions[first].at, admissions[last].at));
    }
  }
}

TEST(RatePropertyTest, gcra_admits_no_more_than_burst_and_rate_in_any_window) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const RateRule rule = random_rule(random, LimitAlgorithm::Gcra);
    const auto admissions = Arrivals(random, rule).admitted(600);
    ASSERT_FALSE(admissions.empty());
    expect_within(admissions, [&](MonotonicTime from, MonotonicTime to) {
      __extension__ using Wide = __int128;
      const Wide refilled = Wide{rule.amount()} * (to - from).count() / rule.per().count();
      return rule.limit() + static_cast<std::int64_t>(refilled);
    });
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(RatePropertyTest, windows_admit_their_amount_each_and_twice_that_in_any_span_of_one_period) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const bool sliding = random.below(2) == 0;
    const RateRule rule =
        random_rule(random, sliding ? LimitAlgorithm::SlidingWindow : LimitAlgorithm::FixedWindow);
    const auto admissions = Arrivals(random, rule).admitted(600);
    ASSERT_FALSE(admissions.empty());
    const auto window_of = [&](MonotonicTime time) { return time.time_since_epoch() / rule.per(); };
    expect_within(admissions, [&](MonotonicTime from, MonotonicTime to) {
      return rule.amount() * (window_of(to) - window_of(from) + 1);
    });
    if (testing::Test::HasFatalFailure()) return;
  }
}

/// Units admitted over `length`, with calls of `cost` so often that each is refused many times.
std::int64_t saturated(const RateRule& rule, std::int64_t cost, nanoseconds length,
                       nanoseconds step) {
  std::uint64_t counter = 0;
  std::int64_t units = 0;
  for (MonotonicTime now{hours(1)}; now < MonotonicTime{hours(1)} + length; now += step) {
    const RateVerdict verdict = rule.decide(counter, now, cost);
    counter = verdict.next;
    units += verdict.allowed ? cost : 0;
  }
  return units;
}

TEST(RatePropertyTest, a_saturated_limit_is_used_to_the_last_percent) {
  for (const LimitAlgorithm algorithm :
       {LimitAlgorithm::Gcra, LimitAlgorithm::SlidingWindow, LimitAlgorithm::FixedWindow}) {
    for (const std::int64_t amount : {7, 100, 1'201, 30'011, 999'999, 1'000'000}) {
      SCOPED_TRACE(testing::Message()
                   << "amount " << amount << ", algorithm " << static_cast<int>(algorithm));
      constexpr std::int64_t kBurst = 5;  // evens out that calls come a little after their moment
      const RateRule rule(algorithm, amount, seconds(1), kBurst);
      const nanoseconds step(std::max<std::int64_t>(200, 1'000'000'000 / (amount * 50)));
      const std::int64_t whole_seconds = amount > 10'000 ? 1 : 20;
      const std::int64_t admitted = saturated(rule, 1, seconds(whole_seconds), step);
      EXPECT_LE(admitted, amount * whole_seconds + kBurst);
      EXPECT_GE(admitted, amount * whole_seconds * 99 / 100);
    }
  }
}

TEST(RatePropertyTest, budgets_in_billionths_of_a_dollar_are_used_to_the_last_percent) {
  constexpr std::int64_t kCall = 3'141'593;  // about a third of a cent
  for (const LimitAlgorithm algorithm :
       {LimitAlgorithm::Gcra, LimitAlgorithm::SlidingWindow, LimitAlgorithm::FixedWindow}) {
    for (const std::int64_t amount : {2'000'000'000L, 1'000'000'000'000L}) {
      const RateRule rule(algorithm, amount, seconds(1), amount / 10);
      const std::int64_t calls_a_second = amount / kCall;
      const nanoseconds step(1'000'000'000 / (calls_a_second * 3));
      const std::int64_t admitted = saturated(rule, kCall, seconds(3), step);
      EXPECT_LE(admitted, amount * 3 + amount / 10);
      EXPECT_GE(admitted, amount * 3 / 100 * 99);
    }
  }
}

TEST(RatePropertyTest, who_waits_as_long_as_told_passes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const auto algorithm = static_cast<LimitAlgorithm>(random.below(3));
    const RateRule rule = random_rule(random, algorithm);
    std::uint64_t counter = 0;
    MonotonicTime now{hours(1)};
    for (int i = 0; i < 200; ++i) {
      const auto cost =
          1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rule.limit())));
      RateVerdict verdict = rule.decide(counter, now, cost);
      if (!verdict.allowed) {
        now += verdict.retry_after;
        verdict = rule.decide(counter, now, cost);
      }
      ASSERT_TRUE(verdict.allowed);
      counter = verdict.next;
    }
  }
}

}  // namespace
}  // namespace apiforge::policy
