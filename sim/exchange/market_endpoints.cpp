#include "sim/exchange/market_endpoints.hpp"

#include "sim/exchange/market_json.hpp"
#include "sim/exchange/read_parameters.hpp"

namespace apiforge::sim::exchange {
namespace json = boost::json;

namespace {

/// One object when the request names one symbol, else a list.
template <class ToObject>
Outcome<std::string> per_market(const Venue& venue, const Parameters& parameters,
                                ToObject to_object) {
  const auto markets = read_markets(venue, parameters);
  if (!markets) return std::unexpected(markets.error());
  if (parameters.find("symbol")) return json::serialize(to_object(*markets->front()));
  json::array list;
  for (const Market* market : *markets) list.push_back(to_object(*market));
  return json::serialize(list);
}

json::object day_object(const Market& market) {
  const Candle day = last_day(market);
  const DayChange change(day);
  const Level bid = market.best_bid();
  const Level ask = market.best_ask();
  return {{"symbol", market.symbol().name},
          {"priceChange", to_text(change.change)},
          {"priceChangePercent", to_text(change.percent, 3)},
          {"weightedAvgPrice", to_text(change.weighted_average)},
          {"prevClosePrice", to_text(day.open)},
          {"lastPrice", to_text(market.last_trade().price)},
          {"lastQty", to_text(market.last_trade().quantity)},
          {"bidPrice", to_text(bid.price)},
          {"bidQty", to_text(bid.quantity)},
          {"askPrice", to_text(ask.price)},
          {"askQty", to_text(ask.quantity)},
          {"openPrice", to_text(day.open)},
          {"highPrice", to_text(day.high)},
          {"lowPrice", to_text(day.low)},
          {"volume", to_text(day.volume)},
          {"quoteVolume", to_text(day.quote_volume)},
          {"openTime", market.now() - kDayMilliseconds},
          {"closeTime", market.now()},
          {"firstId", day.first_trade_id},
          {"lastId", market.last_trade().id},
          {"count", day.trades}};
}

json::object trade_object(const Trade& trade) {
  return {{"id", trade.id},
          {"price", to_text(trade.price)},
          {"qty", to_text(trade.quantity)},
          {"quoteQty", to_text(multiply(trade.price, trade.quantity))},
          {"time", trade.time},
          {"isBuyerMaker", trade.buyer_is_maker},
          {"isBestMatch", true}};
}

/// Every trade is its own aggregate.
json::object aggregate_object(const Trade& trade) {
  return {
      {"a", trade.id}, {"p", to_text(trade.price)}, {"q", to_text(trade.quantity)}, {"f", trade.id},
      {"l", trade.id}, {"T", trade.time},           {"m", trade.buyer_is_maker},    {"M", true}};
}

json::array kline_array(const Candle& candle, const Interval& interval) {
  return {candle.open_time,
          to_text(candle.open),
          to_text(candle.high),
          to_text(candle.low),
          to_text(candle.close),
          to_text(candle.volume),
          interval.end_of(candle.open_time),
          to_text(candle.quote_volume),
          candle.trades,
          to_text(candle.taker_volume),
          to_text(candle.taker_quote_volume),
          "0"};
}

/// The newest `limit` trades of the market, the newest last.
template <class ToObject>
Outcome<std::string> newest_trades(const Venue& venue, const Parameters& parameters,
                                   ToObject to_object) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto limit = read_limit(parameters, 500, Market::kRecentTrades);
  if (!limit) return std::unexpected(limit.error());
  const auto& trades = (*market)->trades();
  json::array list;
  for (std::size_t i = trades.size() - std::min(trades.size(), *limit); i < trades.size(); ++i) {
    list.push_back(to_object(trades[i]));
  }
  return json::serialize(list);
}

}  // namespace

Outcome<std::string> ping(Venue&, const Parameters&) {
  return "{}";
}

Outcome<std::string> server_time(Venue& venue, const Parameters&) {
  return json::serialize(json::object{{"serverTime", venue.server_time()}});
}

Outcome<std::string> depth(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto limit = read_limit(parameters, 100, 5000);
  if (!limit) return std::unexpected(limit.error());
  const Book book = (*market)->book(static_cast<std::int64_t>(*limit));
  return json::serialize(json::object{{"lastUpdateId", book.last_update_id},
                                      {"bids", levels_json(book.bids)},
                                      {"asks", levels_json(book.asks)}});
}

Outcome<std::string> recent_trades(Venue& venue, const Parameters& parameters) {
  return newest_trades(venue, parameters, trade_object);
}

Outcome<std::string> aggregate_trades(Venue& venue, const Parameters& parameters) {
  return newest_trades(venue, parameters, aggregate_object);
}

Outcome<std::string> klines(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto name = parameters.find("interval").value_or("");
  if (name.empty()) return missing_parameter("interval");
  const auto interval = Interval::parse(name);
  if (!interval) return refuse(-1120, "Invalid interval.");
  const auto from = read_integer(parameters, "startTime");
  if (!from) return std::unexpected(from.error());
  const auto to = read_integer(parameters, "endTime");
  if (!to) return std::unexpected(to.error());
  const auto limit = read_limit(parameters, 500, 1000);
  if (!limit) return std::unexpected(limit.error());
  json::array list;
  for (const Candle& candle : candles_of(**market, *interval, {*from, *to, *limit})) {
    list.push_back(kline_array(candle, *interval));
  }
  return json::serialize(list);
}

Outcome<std::string> average_price(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  constexpr int kMinutes = 5;
  const auto candles = candles_of(**market, *Interval::parse("1m"), {{}, {}, kMinutes});
  Candle total = candles.front();
  for (std::size_t i = 1; i < candles.size(); ++i) total.add(candles[i]);
  return json::serialize(json::object{{"mins", kMinutes},
                                      {"price", to_text(DayChange(total).weighted_average)},
                                      {"closeTime", (*market)->last_trade().time}});
}

Outcome<std::string> ticker_24hr(Venue& venue, const Parameters& parameters) {
  return per_market(venue, parameters, day_object);
}

Outcome<std::string> ticker_price(Venue& venue, const Parameters& parameters) {
  return per_market(venue, parameters, [](const Market& market) {
    return json::object{{"symbol", market.symbol().name},
                        {"price", to_text(market.last_trade().price)}};
  });
}

Outcome<std::string> ticker_book(Venue& venue, const Parameters& parameters) {
  return per_market(venue, parameters, [](const Market& market) {
    const Level bid = market.best_bid();
    const Level ask = market.best_ask();
    return json::object{{"symbol", market.symbol().name},
                        {"bidPrice", to_text(bid.price)},
                        {"bidQty", to_text(bid.quantity)},
                        {"askPrice", to_text(ask.price)},
                        {"askQty", to_text(ask.quantity)}};
  });
}

}  // namespace apiforge::sim::exchange
