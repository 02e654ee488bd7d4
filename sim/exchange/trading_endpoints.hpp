// The signed endpoints of /api/v3: account and orders (Binance rest-api.md). Called after the
// request was authenticated; each returns the JSON body of its reply. The Exchange's thread only.
#pragma once
#include <string>

#include "sim/exchange/refusal.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

Outcome<std::string> account(Venue& venue, const Parameters& parameters);
Outcome<std::string> place_order(Venue& venue, const Parameters& parameters);
/// Every check of place_order() but the balance, and no order.
Outcome<std::string> test_order(Venue& venue, const Parameters& parameters);
Outcome<std::string> query_order(Venue& venue, const Parameters& parameters);
Outcome<std::string> cancel_order(Venue& venue, const Parameters& parameters);
Outcome<std::string> open_orders(Venue& venue, const Parameters& parameters);
Outcome<std::string> cancel_open_orders(Venue& venue, const Parameters& parameters);
Outcome<std::string> all_orders(Venue& venue, const Parameters& parameters);
Outcome<std::string> my_trades(Venue& venue, const Parameters& parameters);

}  // namespace apiforge::sim::exchange
