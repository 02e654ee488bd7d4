#include "policy/adaptive_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::PriorityClass;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class AdaptiveLimitTest : public testing::Test {
 protected:
  void given(const model::AdaptiveConcurrency& config) { limit_.emplace(config); }
  /// Calls of an upstream that serves `workers` at once in `service` each, the rest waits there;
  /// as many are under way as the limit lets through, or `offered` if that is less.
  void run(nanoseconds length, std::uint32_t workers, nanoseconds service, std::uint32_t offered) {
    const MonotonicTime end = now_ + length;
    while (now_ < end) {
      const std::uint32_t in_flight = std::min(offered, limit_->limit());
      const double queued = std::max(1.0, double(in_flight) / workers);
      const auto latency = std::chrono::duration_cast<nanoseconds>(service * queued);
      for (std::uint32_t i = 0; i < in_flight; ++i) limit_->on_latency(latency, in_flight, now_);
      now_ += std::max<nanoseconds>(latency, milliseconds(1));
    }
  }

  MonotonicTime now_{hours(1)};
  std::optional<AdaptiveLimit> limit_;
};

TEST_F(AdaptiveLimitTest, grows_while_latency_stays_and_the_limit_is_used) {
  given({.initial = 20, .max = 200});
  run(seconds(60), 1'000, milliseconds(10), 1'000);
  EXPECT_EQ(limit_->limit(), 200u);
}

TEST_F(AdaptiveLimitTest, stays_where_it_is_not_used) {
  given({.initial = 20, .max = 200});
  run(seconds(60), 1'000, milliseconds(10), 5);
  EXPECT_EQ(limit_->limit(), 20u);
}

TEST_F(AdaptiveLimitTest, shrinks_when_the_upstream_becomes_slow) {
  given({.initial = 100, .min = 4, .max = 200});
  run(seconds(10), 1'000, milliseconds(10), 1'000);
  const std::uint32_t before = limit_->limit();
  run(seconds(1), 1'000, milliseconds(100), 1'000);
  EXPECT_LT(limit_->limit(), before / 2);
}

TEST_F(AdaptiveLimitTest, a_target_bounds_the_latency) {
  given({.initial = 100, .min = 4, .max = 1'000, .target = milliseconds(30)});
  run(seconds(60), 20, milliseconds(10), 1'000);
  // Three times as many as it serves at once wait three times as long.
  EXPECT_NEAR(limit_->limit(), 60, 25);
}

TEST_F(AdaptiveLimitTest, refusals_of_one_moment_cut_it_once) {
  given({.initial = 100});
  for (int i = 0; i < 50; ++i) limit_->on_overload(now_);
  EXPECT_EQ(limit_->limit(), 90u);
  now_ += seconds(1);
  limit_->on_overload(now_);
  EXPECT_EQ(limit_->limit(), 81u);
  for (int i = 0; i < 500; ++i) limit_->on_overload(now_ += seconds(1));
  EXPECT_EQ(limit_->limit(), 4u) << "and never below the least";
}

TEST_F(AdaptiveLimitTest, the_less_urgent_a_call_is_the_earlier_it_is_refused) {
  given({.initial = 100});
  const auto most = [&](PriorityClass priority) {
    std::uint32_t in_flight = 0;
    while (in_flight < 1'000 && limit_->admits(priority, in_flight)) ++in_flight;
    return in_flight;
  };
  EXPECT_EQ(most(PriorityClass::Batch), 45u);
  EXPECT_EQ(most(PriorityClass::Data), 70u);
  EXPECT_EQ(most(PriorityClass::Order), 100u);
  EXPECT_EQ(most(PriorityClass::Cancel), 200u);
  EXPECT_EQ(most(PriorityClass::Admin), 1'000u);
}

TEST_F(AdaptiveLimitTest, a_limit_of_one_admits_one_call_of_any_class) {
  given({.initial = 1, .min = 1, .max = 1});
  EXPECT_TRUE(limit_->admits(PriorityClass::Batch, 0));
  EXPECT_FALSE(limit_->admits(PriorityClass::Order, 1));
}

TEST_F(AdaptiveLimitTest, is_within_its_bounds_whatever_is_told) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    given({.initial = 50, .min = 5, .max = 80, .target = milliseconds(random.below(2) * 20)});
    for (int i = 0; i < 2'000; ++i) {
      now_ += milliseconds(random.below(50));
      if (random.below(10) == 0) limit_->on_overload(now_);
      limit_->on_latency(nanoseconds(random.below(1u << random.below(31))),
                         static_cast<std::uint32_t>(random.below(100)), now_);
      ASSERT_GE(limit_->limit(), 5u);
      ASSERT_LE(limit_->limit(), 80u);
    }
  }
}

// --- LoadShedder -------------------------------------------------------------------------------

/// A loop that serves one call in a millisecond and refuses one in ten microseconds, in the order
/// of their coming, as a worker does.
class OverloadedLoop {
 public:
  struct Class {
    int offered = 0;
    int served = 0;
  };

  explicit OverloadedLoop(LoadShedder::Config config = {}) : shedder_(config) {}

  /// `per_second` calls come evenly, of classes as in `mix` (in hundredths, most urgent first).
  void run(seconds length, int per_second, const std::array<int, model::kPriorityClasses>& mix) {
    const MonotonicTime from = arrival_;
    classes_ = {};
    delays_.clear();
    for (; arrival_ < from + length; arrival_ += nanoseconds(1'000'000'000 / per_second)) {
      const MonotonicTime begin = std::max(arrival_, free_);
      shedder_.on_delay(begin - arrival_, begin);
      const PriorityClass priority = some_class(mix);
      Class& counts = classes_[static_cast<std::size_t>(priority)];
      ++counts.offered;
      const bool shed = shedder_.sheds(priority, random_.unit());
      counts.served += shed ? 0 : 1;
      free_ = begin + (shed ? nanoseconds(microseconds(10)) : nanoseconds(milliseconds(1)));
      if (arrival_ >= from + length / 2) delays_.push_back(begin - arrival_);
    }
  }
  int served() const {
    int sum = 0;
    for (const Class& counts : classes_) sum += counts.served;
    return sum;
  }
  double share_served(PriorityClass priority) const {
    const Class& counts = classes_[static_cast<std::size_t>(priority)];
    return counts.offered == 0 ? 1 : double(counts.served) / counts.offered;
  }
  nanoseconds median_delay() {
    std::ranges::sort(delays_);
    return delays_[delays_.size() / 2];
  }
  double pressure() const { return shedder_.pressure(); }

 private:
  PriorityClass some_class(const std::array<int, model::kPriorityClasses>& mix) {
    auto rest = static_cast<int>(random_.below(100));
    std::size_t index = 0;
    while (index + 1 < mix.size() && rest >= mix[index]) rest -= mix[index++];
    return static_cast<PriorityClass>(index);
  }

  LoadShedder shedder_;
  Random random_{7};
  MonotonicTime arrival_{hours(1)};
  MonotonicTime free_{};
  std::array<Class, model::kPriorityClasses> classes_{};
  std::vector<nanoseconds> delays_;
};

constexpr std::array<int, model::kPriorityClasses> kMixed{1, 4, 10, 60, 25};

TEST(LoadShedderTest, a_loop_in_time_sheds_nothing) {
  OverloadedLoop loop;
  loop.run(seconds(20), 900, kMixed);
  EXPECT_EQ(loop.pressure(), 0);
  EXPECT_EQ(loop.share_served(PriorityClass::Batch), 1);
}

TEST(LoadShedderTest,
     under_five_times_the_load_what_can_be_served_is_served_the_most_urgent_first) {
  OverloadedLoop loop;
  loop.run(seconds(60), 5'000, kMixed);
  EXPECT_GE(loop.served(), 60 * 900);
  EXPECT_EQ(loop.share_served(PriorityClass::Admin), 1);
  EXPECT_GE(loop.share_served(PriorityClass::Cancel), 0.999);
  EXPECT_GE(loop.share_served(PriorityClass::Order), 0.95);
  EXPECT_LE(loop.share_served(PriorityClass::Batch), 0.03);
  EXPECT_LE(loop.median_delay(), milliseconds(20));
}

TEST(LoadShedderTest, one_class_alone_is_shed_by_degrees) {
  OverloadedLoop loop;
  loop.run(seconds(60), 2'000, {0, 0, 0, 100, 0});
  EXPECT_GE(loop.served(), 60 * 900);
  EXPECT_LE(loop.median_delay(), milliseconds(20));
}

TEST(LoadShedderTest, is_back_to_nothing_soon_after_the_load_has_gone) {
  OverloadedLoop loop;
  loop.run(seconds(20), 5'000, kMixed);
  EXPECT_GT(loop.pressure(), 1);
  loop.run(seconds(5), 300, kMixed);
  EXPECT_EQ(loop.pressure(), 0);
}

TEST(LoadShedderTest, a_pause_counts_as_nothing_to_do) {
  LoadShedder shedder({});
  MonotonicTime now{hours(1)};
  for (int i = 0; i < 2'000; ++i) shedder.on_delay(milliseconds(300), now += milliseconds(1));
  EXPECT_GT(shedder.pressure(), 1);
  now += seconds(10);
  shedder.on_delay(nanoseconds(0), now);
  EXPECT_EQ(shedder.pressure(), 0);
}

TEST(LoadShedderTest, one_call_in_time_within_an_interval_is_no_overload) {
  LoadShedder shedder({});
  MonotonicTime now{hours(1)};
  for (int i = 0; i < 2'000; ++i) {
    shedder.on_delay(i % 50 == 0 ? milliseconds(1) : milliseconds(50), now += milliseconds(1));
  }
  EXPECT_EQ(shedder.pressure(), 0);
}

TEST(LoadShedderTest, a_target_of_nothing_switches_it_off_and_admin_is_never_shed) {
  LoadShedder off({.target = milliseconds(0)});
  LoadShedder on({});
  MonotonicTime now{hours(1)};
  for (int i = 0; i < 5'000; ++i) {
    now += milliseconds(1);
    off.on_delay(seconds(1), now);
    on.on_delay(seconds(1), now);
  }
  EXPECT_FALSE(off.sheds(PriorityClass::Batch, 0));
  EXPECT_TRUE(on.sheds(PriorityClass::Cancel, 0.99));
  EXPECT_FALSE(on.sheds(PriorityClass::Admin, 0));
}

}  // namespace
}  // namespace apiforge::policy
