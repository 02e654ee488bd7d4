#include "base/rfc3339.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

WallTime at_milliseconds(std::int64_t count) {
  return WallTime{std::chrono::milliseconds(count)};
}

TEST(Rfc3339, writes_utc_to_the_millisecond) {
  EXPECT_EQ(format_rfc3339(at_milliseconds(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(at_milliseconds(1'700'000'000'123)), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(format_rfc3339(WallTime{std::chrono::nanoseconds(1'999'999)}),
            "1970-01-01T00:00:00.001Z");
}

TEST(Rfc3339, reads_what_it_writes) {
  for (const std::int64_t count :
       {0LL, 951'782'400'000LL, 1'700'000'000'123LL, 7'000'000'000'001LL}) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(at_milliseconds(count))), at_milliseconds(count));
  }
}

TEST(Rfc3339, reads_offsets_and_parts_of_a_second) {
  const auto expected = at_milliseconds(1'700'000'000'000);
  for (const char* text : {"2023-11-14T22:13:20Z", "2023-11-14t22:13:20z",
                           "2023-11-15T00:13:20+02:00", "2023-11-14T16:43:20.000-05:30"}) {
    EXPECT_EQ(parse_rfc3339(text), expected) << text;
  }
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20.5000000009Z"),
            expected + std::chrono::milliseconds(500));
}

TEST(Rfc3339, refuses_what_is_no_time) {
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14 22:13:20Z", "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:13:60Z",
        "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+0200", "2023-11-14T22:13:20+24:00",
        "2023-11-14T22:13:20Zx", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
        "2201-01-01T00:00:00Z", "+023-11-14T22:13:20Z", "2023-11-14T22:13:20+02:00:00"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace apiforge
