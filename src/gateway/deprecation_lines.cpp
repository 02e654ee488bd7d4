#include "gateway/deprecation_lines.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace apiforge::gateway {
namespace {

void append_two(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

}  // namespace

std::string http_date(WallTime time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const sys_days day{floor<days>(sys_time<nanoseconds>(time.time_since_epoch()))};
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time.time_since_epoch() - day.time_since_epoch())};
  std::string out(kDays[weekday{day}.c_encoding()]);
  out += ", ";
  append_two(out, static_cast<unsigned>(date.day()));
  out.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
  out.append(std::to_string(static_cast<int>(date.year()))).append(" ");
  append_two(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.seconds().count()));
  return out + " GMT";
}

std::string deprecation_lines(const model::Deprecation& deprecation) {
  std::string lines;
  if (deprecation.since) {
    const auto since =
        std::chrono::floor<std::chrono::seconds>(deprecation.since->time_since_epoch());
    lines.append("Deprecation: @").append(std::to_string(since.count())).append("\r\n");
  }
  if (deprecation.sunset) {
    lines.append("Sunset: ").append(http_date(*deprecation.sunset)).append("\r\n");
  }
  if (!deprecation.link.empty()) {
    lines.append("Link: <").append(deprecation.link).append(">; rel=\"deprecation\"\r\n");
  }
  return lines;
}

}  // namespace apiforge::gateway
