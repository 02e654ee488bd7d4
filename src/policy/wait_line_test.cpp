#include "policy/wait_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using model::PriorityClass;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Whose turn is next has had it.
std::optional<WaitLine::Id> take_first(WaitLine& line) {
  const auto id = line.first();
  if (id) line.leave(*id);
  return id;
}

class WaitLineTest : public testing::Test {
 protected:
  bool join(WaitLine::Id id, PriorityClass priority) {
    now_ += milliseconds(1);
    return line_.join(id, priority, now_ + seconds(1), now_);
  }
  std::vector<WaitLine::Id> all() {
    std::vector<WaitLine::Id> order;
    while (const auto id = take_first(line_)) order.push_back(*id);
    return order;
  }

  MonotonicTime now_{hours(1)};
  WaitLine line_{4};
};

TEST_F(WaitLineTest, the_most_urgent_goes_first_and_among_equals_who_came_first) {
  EXPECT_TRUE(join(1, PriorityClass::Batch));
  EXPECT_TRUE(join(2, PriorityClass::Order));
  EXPECT_TRUE(join(3, PriorityClass::Batch));
  EXPECT_TRUE(join(4, PriorityClass::Order));
  EXPECT_EQ(line_.ahead_of(PriorityClass::Cancel), 0u);
  EXPECT_EQ(line_.ahead_of(PriorityClass::Order), 2u);
  EXPECT_EQ(line_.ahead_of(PriorityClass::Batch), 4u);
  EXPECT_EQ(line_.first(), 2u);
  EXPECT_EQ(all(), (std::vector<WaitLine::Id>{2, 4, 1, 3}));
}

TEST_F(WaitLineTest, a_full_line_takes_nobody_until_one_leaves) {
  for (WaitLine::Id id = 1; id <= 4; ++id) EXPECT_TRUE(join(id, PriorityClass::Data));
  EXPECT_FALSE(join(5, PriorityClass::Cancel));
  EXPECT_TRUE(line_.leave(2));
  EXPECT_FALSE(line_.leave(2));
  EXPECT_TRUE(join(5, PriorityClass::Cancel));
  EXPECT_EQ(all(), (std::vector<WaitLine::Id>{5, 1, 3, 4}));
}

TEST_F(WaitLineTest, nobody_waits_twice_or_for_a_time_that_has_passed) {
  EXPECT_TRUE(join(1, PriorityClass::Data));
  EXPECT_FALSE(join(1, PriorityClass::Data));
  EXPECT_FALSE(line_.join(2, PriorityClass::Data, now_, now_));
  EXPECT_EQ(line_.size(), 1u);
}

TEST_F(WaitLineTest, who_comes_back_under_the_old_time_has_the_old_place) {
  const MonotonicTime came = now_;
  EXPECT_TRUE(line_.join(1, PriorityClass::Data, now_ + seconds(1), came));
  join(2, PriorityClass::Data);
  EXPECT_EQ(take_first(line_), 1u);
  EXPECT_TRUE(line_.join(1, PriorityClass::Data, now_ + seconds(1), came));
  EXPECT_EQ(all(), (std::vector<WaitLine::Id>{1, 2}));
}

TEST_F(WaitLineTest, whose_deadline_has_come_is_handed_out_to_be_told) {
  EXPECT_EQ(line_.earliest_deadline(), MonotonicTime::max());
  EXPECT_FALSE(line_.take_overdue(MonotonicTime::max()));
  line_.join(1, PriorityClass::Data, now_ + milliseconds(30), now_);
  line_.join(2, PriorityClass::Data, now_ + milliseconds(10), now_);
  line_.join(3, PriorityClass::Batch, now_ + milliseconds(20), now_);
  EXPECT_EQ(line_.earliest_deadline(), now_ + milliseconds(10));
  EXPECT_FALSE(line_.take_overdue(now_));
  now_ += milliseconds(20);
  EXPECT_EQ(line_.take_overdue(now_), 2u);
  EXPECT_EQ(line_.take_overdue(now_), 3u);
  EXPECT_FALSE(line_.take_overdue(now_));
  EXPECT_EQ(line_.first(), 1u);
}

TEST(WaitLinePropertyTest, nobody_is_lost_or_overtaken_by_an_equal) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    WaitLine line(1 + random.below(20));
    std::map<WaitLine::Id, PriorityClass> waiting;
    MonotonicTime now{hours(1)};
    WaitLine::Id last = 0;
    for (int step = 0; step < 500; ++step) {
      now += milliseconds(random.below(3));
      if (random.below(3) != 0) {
        const auto priority = static_cast<PriorityClass>(random.below(model::kPriorityClasses));
        const auto deadline = now + milliseconds(1 + random.below(50));
        if (line.join(++last, priority, deadline, now)) waiting.emplace(last, priority);
      } else if (random.below(4) == 0 && !waiting.empty()) {
        const auto some = waiting.lower_bound(random.below(last) + 1);
        if (some == waiting.end()) continue;
        ASSERT_TRUE(line.leave(some->first));
        waiting.erase(some);
      } else if (const auto id = random.below(2) == 0 ? take_first(line) : line.take_overdue(now)) {
        ASSERT_EQ(waiting.erase(*id), 1u);
      }
      ASSERT_EQ(line.size(), waiting.size());
      // Ids grow with time: the first is the smallest id of the most urgent class there is.
      const auto first = std::ranges::min_element(waiting, [](const auto& a, const auto& b) {
        return std::pair(a.second, a.first) < std::pair(b.second, b.first);
      });
      ASSERT_EQ(line.first(), waiting.empty() ? std::nullopt : std::optional(first->first));
    }
    while (const auto id = take_first(line)) waiting.erase(*id);
    ASSERT_TRUE(waiting.empty());
    ASSERT_EQ(line.earliest_deadline(), MonotonicTime::max());
  }
}

}  // namespace
}  // namespace apiforge::policy
