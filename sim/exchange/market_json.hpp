// Market data as JSON, where REST and streams write it alike. For .cpp files only, as it draws in
// Boost.JSON. Pure.
#pragma once
#include <boost/json.hpp>

#include "sim/exchange/candles.hpp"

namespace apiforge::sim::exchange {

/// [["65000.00000000", "0.40000000"], ...]
inline boost::json::array levels_json(const std::vector<Level>& levels) {
  boost::json::array list;
  list.reserve(levels.size());
  for (const Level& level : levels) {
    list.push_back(boost::json::array{to_text(level.price), to_text(level.quantity)});
  }
  return list;
}

/// The numbers of a 24 hour ticker that are not simply in its candle.
struct DayChange {
  Decimal change;
  Decimal percent;
  Decimal weighted_average;

  explicit DayChange(const Candle& day)
      : change(day.close - day.open),
        percent(divide(change, day.open) * 100),
        weighted_average(divide(day.quote_volume, day.volume)) {}
};

inline constexpr std::int64_t kDayMilliseconds = 24 * 3600 * 1000;

}  // namespace apiforge::sim::exchange
