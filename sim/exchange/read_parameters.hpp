// Reading of single parameters of exchange requests, with Binance's complaints about them. Pure.
#pragma once
#include <optional>

#include "sim/exchange/refusal.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

/// Of the mandatory parameter `symbol`: -1102, -1100, -1121.
Outcome<const Market*> read_market(const Venue& venue, const Parameters& parameters);
/// As read_market(), but nullptr when the parameter is not there.
Outcome<const Market*> read_optional_market(const Venue& venue, const Parameters& parameters);
/// Those that `symbol` or `symbols` (["A","B"]) name, in that order; all when neither is there.
Outcome<std::vector<const Market*>> read_markets(const Venue& venue, const Parameters& parameters);

/// A whole number of at least 0: -1100.
Outcome<std::optional<std::int64_t>> read_integer(const Parameters& parameters,
                                                  std::string_view name);
/// The parameter `limit`, at least 1, cut to `maximum`: -1100, -1130.
Outcome<std::size_t> read_limit(const Parameters& parameters, std::size_t usual,
                                std::size_t maximum);

}  // namespace apiforge::sim::exchange
