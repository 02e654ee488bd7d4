#include "policy/load_shedder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::PriorityClass;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

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
