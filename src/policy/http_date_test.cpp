#include "policy/http_date.hpp"

#include <gtest/gtest.h>

namespace apiforge::policy {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};  // in November 2023
constexpr std::int64_t kExample = 784'111'777;                 // of RFC 9110

std::optional<std::int64_t> seconds_of(std::string_view text) {
  const auto time = parse_http_date(text, kNow);
  if (!time) return std::nullopt;
  return unix_milliseconds(*time) / 1'000;
}

TEST(HttpDate, all_three_forms_are_read) {
  EXPECT_EQ(seconds_of("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(seconds_of("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(seconds_of("Sun Nov  6 08:49:37 1994"), kExample);
}

TEST(HttpDate, two_digits_of_a_year_are_within_fifty_years) {
  EXPECT_EQ(seconds_of("Tuesday, 01-Jan-30 00:00:00 GMT"), 1'893'456'000);
  EXPECT_EQ(seconds_of("Friday, 01-Jan-99 00:00:00 GMT"), 915'148'800);
}

TEST(HttpDate, the_beginning_of_the_epoch_is_a_date) {
  EXPECT_EQ(seconds_of("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
}

TEST(HttpDate, what_is_no_date_is_refused) {
  for (const auto* text :
       {"", "0", "-1", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 2024 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sun, 06 Nov 9999 08:49:37 GMT", "Sun, 06 Nov 1900 08:49:37 GMT", "Sun, ", "Sun, 06",
        "2024-01-01T00:00:00Z", "Sun Nov  6 08:49:37 19x4", "Sun, 06 Nov 1994 8:49:37 GMT"}) {
    EXPECT_FALSE(seconds_of(text)) << text;
  }
}

}  // namespace
}  // namespace apiforge::policy
