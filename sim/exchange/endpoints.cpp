#include "sim/exchange/endpoints.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sim/exchange/market_endpoints.hpp"
#include "sim/exchange/trading_endpoints.hpp"

namespace apiforge::sim::exchange {
namespace {

template <std::int64_t kWeight>
std::int64_t always(const Parameters&) {
  return kWeight;
}

template <std::int64_t kOne, std::int64_t kAll>
std::int64_t by_symbol(const Parameters& parameters) {
  return parameters.find("symbol") ? kOne : kAll;
}

std::int64_t by_depth(const Parameters& parameters) {
  const auto limit = parse_unsigned(parameters.find("limit").value_or("")).value_or(100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

/// 24 hour tickers: by the number of symbols, which a list of them shows in its commas.
std::int64_t by_symbol_count(const Parameters& parameters) {
  if (parameters.find("symbol")) return 2;
  const auto list = parameters.find("symbols");
  if (!list) return 80;
  const auto count = 1 + std::count(list->begin(), list->end(), ',');
  if (count <= 20) return 2;
  return count <= 100 ? 40 : 80;
}

using enum Security;

constexpr Endpoint kEndpoints[] = {
    {"GET", "/api/v3/ping", None, always<1>, ping},
    {"GET", "/api/v3/time", None, always<1>, server_time},
    {"GET", "/api/v3/exchangeInfo", None, always<20>, exchange_info},
    {"GET", "/api/v3/depth", None, by_depth, depth},
    {"GET", "/api/v3/trades", None, always<25>, recent_trades},
    {"GET", "/api/v3/aggTrades", None, always<4>, aggregate_trades},
    {"GET", "/api/v3/klines", None, always<2>, klines},
    {"GET", "/api/v3/avgPrice", None, always<2>, average_price},
    {"GET", "/api/v3/ticker/24hr", None, by_symbol_count, ticker_24hr},
    {"GET", "/api/v3/ticker/price", None, by_symbol<2, 4>, ticker_price},
    {"GET", "/api/v3/ticker/bookTicker", None, by_symbol<2, 4>, ticker_book},
    {"GET", "/api/v3/account", Signed, always<20>, account},
    {"POST", "/api/v3/order", Signed, always<1>, place_order, true},
    {"POST", "/api/v3/order/test", Signed, always<1>, test_order},
    {"GET", "/api/v3/order", Signed, always<4>, query_order},
    {"DELETE", "/api/v3/order", Signed, always<1>, cancel_order},
    {"GET", "/api/v3/openOrders", Signed, by_symbol<6, 80>, open_orders},
    {"DELETE", "/api/v3/openOrders", Signed, always<1>, cancel_open_orders},
    {"GET", "/api/v3/allOrders", Signed, always<20>, all_orders},
    {"GET", "/api/v3/myTrades", Signed, always<20>, my_trades},
    // What clients with a key ask for at start-up; nothing of it exists here.
    {"GET", "/sapi/v1/capital/config/getall", Signed, always<0>, empty_list},
    {"GET", "/sapi/v1/margin/allPairs", Key, always<0>, empty_list},
    {"GET", "/sapi/v1/margin/isolated/allPairs", Signed, always<0>, empty_list},
    {"GET", "/fapi/v1/exchangeInfo", None, always<1>, no_symbols},
    {"GET", "/dapi/v1/exchangeInfo", None, always<1>, no_symbols},
};

}  // namespace

const Endpoint* find_endpoint(std::string_view method, std::string_view path) {
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.method == method && endpoint.path == path) return &endpoint;
  }
  return nullptr;
}

}  // namespace apiforge::sim::exchange
