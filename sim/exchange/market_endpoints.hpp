// The public endpoints of /api/v3: general and market data (Binance rest-api.md). Each returns the
// JSON body of its reply. The Exchange's thread only.
#pragma once
#include <string>

#include "sim/exchange/refusal.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

Outcome<std::string> ping(Venue& venue, const Parameters& parameters);
Outcome<std::string> server_time(Venue& venue, const Parameters& parameters);
Outcome<std::string> exchange_info(Venue& venue, const Parameters& parameters);
Outcome<std::string> depth(Venue& venue, const Parameters& parameters);
Outcome<std::string> recent_trades(Venue& venue, const Parameters& parameters);
Outcome<std::string> aggregate_trades(Venue& venue, const Parameters& parameters);
Outcome<std::string> klines(Venue& venue, const Parameters& parameters);
Outcome<std::string> average_price(Venue& venue, const Parameters& parameters);
Outcome<std::string> ticker_24hr(Venue& venue, const Parameters& parameters);
Outcome<std::string> ticker_price(Venue& venue, const Parameters& parameters);
Outcome<std::string> ticker_book(Venue& venue, const Parameters& parameters);
/// What a client asks for at start-up beyond spot: an exchange without any such market.
Outcome<std::string> no_symbols(Venue& venue, const Parameters& parameters);
Outcome<std::string> empty_list(Venue& venue, const Parameters& parameters);

}  // namespace apiforge::sim::exchange
