#include "base/rfc3339.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace apiforge {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2200;  // WallTime counts nanoseconds in 64 bits and ends in 2262

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Cuts a number of exactly `digits` digits off `text`; -1 when there is none.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || to_lower(text[0]) != to_lower(expected)) return false;
  text.remove_prefix(1);
  return true;
}

/// `.5` is 500'000'000; nothing is 0; a point without digits is -1.
std::int64_t take_nanoseconds(std::string_view& text) {
  if (!take(text, '.')) return 0;
  if (text.empty() || !is_digit(text[0])) return -1;
  std::int64_t value = 0;
  std::int64_t unit = 100'000'000;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), unit /= 10) {
    value += (text[0] - '0') * unit;
  }
  return value;
}

/// `Z` or `+hh:mm`, the whole rest of a text.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (take(text, 'Z')) return text.empty() ? std::optional(std::chrono::minutes(0)) : std::nullopt;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const int hours = take_number(text, 2);
  const bool colon = take(text, ':');
  const int minutes = take_number(text, 2);
  if (!colon || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) {
    return std::nullopt;
  }
  const std::chrono::minutes offset(hours * 60 + minutes);
  return west ? -offset : offset;
}

void append_number(std::string& out, std::int64_t value, std::size_t digits, char end) {
  const std::string text = std::to_string(value);
  out.append(digits - std::min(digits, text.size()), '0').append(text) += end;
}

}  // namespace

std::string format_rfc3339(WallTime time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{floor<std::chrono::milliseconds>(time - day)};
  std::string text;
  append_number(text, int{date.year()}, 4, '-');
  append_number(text, unsigned{date.month()}, 2, '-');
  append_number(text, unsigned{date.day()}, 2, 'T');
  append_number(text, clock.hours().count(), 2, ':');
  append_number(text, clock.minutes().count(), 2, ':');
  append_number(text, clock.seconds().count(), 2, '.');
  append_number(text, clock.subseconds().count(), 3, 'Z');
  return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const int year = take_number(text, 4);
  const bool first_dash = take(text, '-');
  const int month = take_number(text, 2);
  const bool second_dash = take(text, '-');
  const int day = take_number(text, 2);
  if (!first_dash || !second_dash || !take(text, 'T')) return std::nullopt;
  if (year < kFirstYear || year > kLastYear || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const int hour = take_number(text, 2);
  const bool first_colon = take(text, ':');
  const int minute = take_number(text, 2);
  const bool second_colon = take(text, ':');
  const int second = take_number(text, 2);
  if (!first_colon || !second_colon) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  const std::int64_t nanoseconds = take_nanoseconds(text);
  const auto offset = parse_offset(text);
  if (nanoseconds < 0 || !offset) return std::nullopt;
  const WallTime time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                        std::chrono::minutes(minute) + std::chrono::seconds(second) +
                        std::chrono::nanoseconds(nanoseconds) - *offset;
  return time.time_since_epoch().count() < 0 ? std::nullopt : std::optional(time);
}

}  // namespace apiforge
