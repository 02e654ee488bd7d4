#include <boost/json.hpp>

#include "sim/exchange/market_endpoints.hpp"
#include "sim/exchange/read_parameters.hpp"

namespace apiforge::sim::exchange {
namespace json = boost::json;

namespace {

json::array rate_limits(const Limits& limits) {
  return {{{"rateLimitType", "REQUEST_WEIGHT"},
           {"interval", "MINUTE"},
           {"intervalNum", 1},
           {"limit", limits.weight_per_minute}},
          {{"rateLimitType", "ORDERS"},
           {"interval", "SECOND"},
           {"intervalNum", 10},
           {"limit", limits.orders_per_10_seconds}},
          {{"rateLimitType", "ORDERS"},
           {"interval", "DAY"},
           {"intervalNum", 1},
           {"limit", limits.orders_per_day}},
          {{"rateLimitType", "RAW_REQUESTS"},
           {"interval", "MINUTE"},
           {"intervalNum", 5},
           {"limit", 61000}}};
}

json::array filters_of(const Symbol& symbol) {
  return {{{"filterType", "PRICE_FILTER"},
           {"minPrice", to_text(symbol.tick)},
           {"maxPrice", to_text(symbol.max_price)},
           {"tickSize", to_text(symbol.tick)}},
          {{"filterType", "LOT_SIZE"},
           {"minQty", to_text(symbol.step)},
           {"maxQty", to_text(symbol.max_quantity)},
           {"stepSize", to_text(symbol.step)}},
          {{"filterType", "MARKET_LOT_SIZE"},
           {"minQty", to_text({})},
           {"maxQty", to_text(symbol.max_quantity)},
           {"stepSize", to_text({})}},
          {{"filterType", "NOTIONAL"},
           {"minNotional", to_text(symbol.min_notional)},
           {"applyMinToMarket", true},
           {"maxNotional", to_text(symbol.max_notional)},
           {"applyMaxToMarket", false},
           {"avgPriceMins", 5}},
          {{"filterType", "MAX_NUM_ORDERS"}, {"maxNumOrders", OrderDesk::kMaxOpenPerSymbol}}};
}

json::object info_of(const Symbol& symbol) {
  return {{"symbol", symbol.name},
          {"status", "TRADING"},
          {"baseAsset", symbol.base},
          {"baseAssetPrecision", Decimal::kDigits},
          {"quoteAsset", symbol.quote},
          {"quotePrecision", Decimal::kDigits},
          {"quoteAssetPrecision", Decimal::kDigits},
          {"baseCommissionPrecision", Decimal::kDigits},
          {"quoteCommissionPrecision", Decimal::kDigits},
          {"orderTypes", {"LIMIT", "LIMIT_MAKER", "MARKET"}},
          {"icebergAllowed", false},
          {"ocoAllowed", false},
          {"otoAllowed", false},
          {"opoAllowed", false},
          {"quoteOrderQtyMarketAllowed", true},
          {"allowTrailingStop", false},
          {"cancelReplaceAllowed", false},
          {"amendAllowed", false},
          {"pegInstructionsAllowed", false},
          {"isSpotTradingAllowed", true},
          {"isMarginTradingAllowed", false},
          {"filters", filters_of(symbol)},
          {"permissions", json::array()},
          {"permissionSets", json::array{json::array{"SPOT"}}},
          {"defaultSelfTradePreventionMode", "EXPIRE_MAKER"},
          {"allowedSelfTradePreventionModes", json::array{"NONE", "EXPIRE_MAKER"}}};
}

std::string info_json(const Venue& venue, json::array symbols) {
  return json::serialize(json::object{{"timezone", "UTC"},
                                      {"serverTime", venue.server_time()},
                                      {"rateLimits", rate_limits(venue.limits())},
                                      {"exchangeFilters", json::array()},
                                      {"symbols", std::move(symbols)}});
}

}  // namespace

Outcome<std::string> exchange_info(Venue& venue, const Parameters& parameters) {
  const auto markets = read_markets(venue, parameters);
  if (!markets) return std::unexpected(markets.error());
  json::array symbols;
  for (const Market* market : *markets) symbols.push_back(info_of(market->symbol()));
  return info_json(venue, std::move(symbols));
}

Outcome<std::string> no_symbols(Venue& venue, const Parameters&) {
  return info_json(venue, {});
}

Outcome<std::string> empty_list(Venue&, const Parameters&) {
  return "[]";
}

}  // namespace apiforge::sim::exchange
