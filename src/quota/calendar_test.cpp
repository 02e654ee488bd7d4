#include "quota/calendar.hpp"

#include <gtest/gtest.h>

namespace apiforge::quota {
namespace {

using model::Period;
using namespace std::chrono_literals;

WallTime date(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day));
}

void expect_period(WallTime at, Period period, WallTime start, WallTime end) {
  EXPECT_EQ(period_start(at, period), start);
  EXPECT_EQ(period_end(at, period), end);
}

TEST(Calendar, APeriodGoesFromItsBeginningToTheBeginningOfTheNext) {
  const WallTime at = date(2026, 11, 23) + 11h + 44min + 5s + 6ns;
  expect_period(at, Period::Minute, date(2026, 11, 23) + 11h + 44min,
                date(2026, 11, 23) + 11h + 45min);
  expect_period(at, Period::Hour, date(2026, 11, 23) + 11h, date(2026, 11, 23) + 12h);
  expect_period(at, Period::Day, date(2026, 11, 23), date(2026, 11, 24));
  expect_period(at, Period::Month, date(2026, 11, 1), date(2026, 12, 1));
}

TEST(Calendar, TheFirstMomentBelongsToThePeriodAndTheLastToo) {
  for (const Period period : {Period::Minute, Period::Hour, Period::Day, Period::Month}) {
    const WallTime start = date(2026, 3, 1);
    EXPECT_EQ(period_start(start, period), start);
    const WallTime end = period_end(start, period);
    EXPECT_EQ(period_start(end - 1ns, period), start);
    EXPECT_EQ(period_start(end, period), end);
  }
}

TEST(Calendar, KnowsTheLengthOfMonthsAndLeapYears) {
  expect_period(date(2028, 2, 29), Period::Month, date(2028, 2, 1), date(2028, 3, 1));
  expect_period(date(2100, 2, 28) + 23h, Period::Month, date(2100, 2, 1), date(2100, 3, 1));
  expect_period(date(2026, 12, 31) + 24h - 1ns, Period::Month, date(2026, 12, 1), date(2027, 1, 1));
}

TEST(Calendar, WorksBefore1970) {
  expect_period(date(1969, 12, 31) + 5s, Period::Day, date(1969, 12, 31), date(1970, 1, 1));
}

}  // namespace
}  // namespace apiforge::quota
