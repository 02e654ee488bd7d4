#include "policy/http_date.hpp"

#include <array>

#include "base/text.hpp"

namespace apiforge::policy {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  std::string_view day, month, year, time;
};

std::optional<int> number(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string_view take_word(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

// `06 Nov 1994 08:49:37 GMT`, or with `-` in its date as RFC 850 has it.
std::optional<Parts> split_with_comma(std::string_view rest, char date_separator) {
  Parts parts;
  parts.day = take_word(rest, date_separator);
  parts.month = take_word(rest, date_separator);
  parts.year = take_word(rest, ' ');
  parts.time = take_word(rest, ' ');
  if (rest != "GMT") return std::nullopt;
  return parts;
}

// `Sun Nov  6 08:49:37 1994`
std::optional<Parts> split_asctime(std::string_view text) {
  if (text.size() != 24) return std::nullopt;
  return Parts{text.substr(8, 2), text.substr(4, 3), text.substr(20), text.substr(11, 8)};
}

std::optional<Parts> split(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos) return split_asctime(text);
  const auto rest = text.substr(comma + 2);
  const bool old = rest.size() > 2 && rest[2] == '-';
  return split_with_comma(rest, old ? '-' : ' ');
}

std::optional<int> full_year(std::string_view text, WallTime now) {
  if (text.size() == 4) return number(text, 4);
  const auto two = number(text, 2);
  if (!two) return std::nullopt;
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  int result = this_year - this_year % 100 + *two;
  if (result > this_year + 50) result -= 100;
  return result;
}

std::optional<seconds> time_of_day(std::string_view text) {
  const auto hour = number(text.substr(0, 2), 2);
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto minute = number(text.substr(3, 2), 2);
  const auto second = number(text.substr(6), 2);
  if (!hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text, WallTime now) {
  auto parts = split(text);
  if (!parts) return std::nullopt;
  if (parts->day.starts_with(' ')) parts->day.remove_prefix(1);
  const auto day_number = number(parts->day, parts->day.size() == 1 ? 1 : 2);
  const auto year_number = full_year(parts->year, now);
  const auto time = time_of_day(parts->time);
  unsigned month_number = 0;
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == parts->month) month_number = i + 1;
  }
  if (!day_number || !year_number || !time || month_number == 0) return std::nullopt;
  const year_month_day date{year(*year_number), month(month_number),
                            day(static_cast<unsigned>(*day_number))};
  // Within these years, differences of dates fit 64 bits of nanoseconds.
  if (!date.ok() || *year_number < 1970 || *year_number > 2250) return std::nullopt;
  return WallTime(sys_days(date)) + *time;
}

}  // namespace apiforge::policy
