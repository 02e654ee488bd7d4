#include "sim/data/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "sim/fingerprint.hpp"

namespace apiforge::sim::data {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 5> kFredSeries{"GDP", "UNRATE", "CPIAUCSL", "DGS10",
                                                      "FEDFUNDS"};
constexpr Decimal kCent{Decimal::kOne / 100};

sys_days to_day(std::int64_t date) {
  return sys_days(days(date));
}

/// 100.00 to 149.99: any date can be looked up alone, as no day depends on the one before.
Decimal price_at(std::uint64_t key, std::int64_t date, std::uint64_t moment) {
  const auto hash = fingerprint(fingerprint(key, static_cast<std::uint64_t>(date)), moment);
  const auto base = static_cast<std::int64_t>(key % 4000);
  return kCent * (10'000 + base + static_cast<std::int64_t>(hash % 1000));
}

Day day_at(std::uint64_t key, std::int64_t date) {
  Day day{.date = date, .open = price_at(key, date, 0), .close = price_at(key, date, 1)};
  day.high = std::max({day.open, day.close, price_at(key, date, 2)});
  day.low = std::min({day.open, day.close, price_at(key, date, 3)});
  const auto hash = fingerprint(key, static_cast<std::uint64_t>(date));
  day.volume = 1'000'000 + static_cast<std::int64_t>(hash % 9'000'000);
  return day;
}

bool is_weekend(std::int64_t date) {
  const weekday day(to_day(date));
  return day == Saturday || day == Sunday;
}

}  // namespace

std::string date_text(std::int64_t date) {
  const year_month_day day(to_day(date));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::vector<Day> daily_prices(std::uint64_t seed, std::string_view symbol, std::int64_t today,
                              std::size_t count) {
  const std::uint64_t key = fingerprint(seed, symbol);
  std::vector<Day> result;
  for (std::int64_t date = today - 1; result.size() < count; --date) {
    if (!is_weekend(date)) result.push_back(day_at(key, date));
  }
  return result;
}

bool is_fred_series(std::string_view name) {
  return std::ranges::find(kFredSeries, name) != kFredSeries.end();
}

std::vector<std::pair<std::int64_t, Decimal>> monthly_values(std::uint64_t seed,
                                                             std::string_view series,
                                                             std::int64_t today,
                                                             std::size_t count) {
  const std::uint64_t key = fingerprint(seed, series);
  const year_month_day now(to_day(today));
  const auto last = now.year() / now.month();
  std::vector<std::pair<std::int64_t, Decimal>> result;
  for (auto back = static_cast<int>(count) - 1; back >= 0; --back) {
    const sys_days first((last - months(back)) / 1);
    const std::int64_t date = first.time_since_epoch().count();
    result.emplace_back(date, price_at(key, date, 0));
  }
  return result;
}

}  // namespace apiforge::sim::data
