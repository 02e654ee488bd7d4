// Made-up series of prices and economic figures: the same seed and name give the same values for
// the same date, whenever it is asked for. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/decimal.hpp"

namespace apiforge::sim::data {

/// A trading day of a share.
struct Day {
  std::int64_t date = 0;  ///< days since 1970-01-01, as all dates here
  Decimal open{}, high{}, low{}, close{};
  std::int64_t volume = 0;
};

/// "2026-11-23".
std::string date_text(std::int64_t date);

/// `count` days from Monday to Friday before `today`, the newest first.
std::vector<Day> daily_prices(std::uint64_t seed, std::string_view symbol, std::int64_t today,
                              std::size_t count);

bool is_fred_series(std::string_view name);
/// The first days of `count` months up to `today`, the oldest first.
std::vector<std::pair<std::int64_t, Decimal>> monthly_values(std::uint64_t seed,
                                                             std::string_view series,
                                                             std::int64_t today, std::size_t count);

}  // namespace apiforge::sim::data
