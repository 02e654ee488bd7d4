// Interval and candles_of: minutes put together to longer candles. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "sim/exchange/market.hpp"

namespace apiforge::sim::exchange {

/// A length of candle: "1m" to "3d", "1w" (from Monday), "1M" (calendar month), all UTC.
class Interval {
 public:
  static std::optional<Interval> parse(std::string_view name);

  /// Start of the candle that `time` (Unix milliseconds) lies in.
  std::int64_t start_of(std::int64_t time) const;
  /// Its last millisecond.
  std::int64_t end_of(std::int64_t time) const;

 private:
  std::int64_t length_ = 0;
  std::int64_t offset_ = 0;
  bool month_ = false;
};

struct CandleRange {
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
  std::size_t limit = 500;
};

/// The candles that open within `range`: its oldest ones when `from` is given, else the newest.
std::vector<Candle> candles_of(const Market& market, const Interval& interval,
                               const CandleRange& range);

/// The last 24 hours as one candle.
Candle last_day(const Market& market);

}  // namespace apiforge::sim::exchange
