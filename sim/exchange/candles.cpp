#include "sim/exchange/candles.hpp"

#include <array>
#include <chrono>

namespace apiforge::sim::exchange {
namespace {

using namespace std::chrono;

constexpr std::int64_t kHour = 60 * Market::kMinute;
constexpr std::int64_t kDay = 24 * kHour;
/// 1970-01-01 was a Thursday: weeks begin four days later.
constexpr std::int64_t kFirstMonday = 4 * kDay;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 14> kLengths{{
    {"1m", Market::kMinute},
    {"3m", 3 * Market::kMinute},
    {"5m", 5 * Market::kMinute},
    {"15m", 15 * Market::kMinute},
    {"30m", 30 * Market::kMinute},
    {"1h", kHour},
    {"2h", 2 * kHour},
    {"4h", 4 * kHour},
    {"6h", 6 * kHour},
    {"8h", 8 * kHour},
    {"12h", 12 * kHour},
    {"1d", kDay},
    {"3d", 3 * kDay},
    {"1w", 7 * kDay},
}};

year_month month_of(std::int64_t time) {
  const year_month_day date{floor<days>(sys_time<milliseconds>(milliseconds(time)))};
  return date.year() / date.month();
}

std::int64_t start_of_month(year_month month) {
  return duration_cast<milliseconds>(sys_days(month / 1).time_since_epoch()).count();
}

}  // namespace

std::optional<Interval> Interval::parse(std::string_view name) {
  Interval interval;
  interval.month_ = name == "1M";
  if (interval.month_) return interval;
  for (const auto& [known, length] : kLengths) {
    if (known != name) continue;
    interval.length_ = length;
    interval.offset_ = name == "1w" ? kFirstMonday : 0;
    return interval;
  }
  return std::nullopt;
}

std::int64_t Interval::start_of(std::int64_t time) const {
  if (month_) return start_of_month(month_of(time));
  return time - (time - offset_) % length_;
}

std::int64_t Interval::end_of(std::int64_t time) const {
  if (month_) return start_of_month(month_of(time) + months(1)) - 1;
  return start_of(time) + length_ - 1;
}

std::vector<Candle> candles_of(const Market& market, const Interval& interval,
                               const CandleRange& range) {
  std::vector<Candle> candles;
  for (const Candle& minute : market.minutes()) {
    const std::int64_t start = interval.start_of(minute.open_time);
    if (range.from && start < *range.from) continue;
    if (range.to && start > *range.to) break;
    if (!candles.empty() && candles.back().open_time == start) {
      candles.back().add(minute);
      continue;
    }
    if (range.from && candles.size() == range.limit) break;
    candles.push_back(minute);
    candles.back().open_time = start;
  }
  if (candles.size() > range.limit) {
    candles.erase(candles.begin(), candles.end() - static_cast<std::ptrdiff_t>(range.limit));
  }
  return candles;
}

Candle last_day(const Market& market) {
  constexpr std::size_t kMinutes = 24 * 60;
  const auto& minutes = market.minutes();
  const std::size_t first = minutes.size() > kMinutes ? minutes.size() - kMinutes : 0;
  Candle day = minutes[first];
  for (std::size_t i = first + 1; i < minutes.size(); ++i) day.add(minutes[i]);
  return day;
}

}  // namespace apiforge::sim::exchange
