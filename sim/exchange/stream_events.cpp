#include "base/text.hpp"
#include "sim/exchange/market_json.hpp"
#include "sim/exchange/streams.hpp"

namespace apiforge::sim::exchange {
namespace json = boost::json;

namespace {

constexpr std::int64_t kSecond = 1000;

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

json::object event(std::string_view type, const Stream& stream, std::int64_t now) {
  return {{"e", type}, {"E", now}, {"s", stream.market->symbol().name}};
}

json::object trade_event(const Stream& stream, const Trade& trade, std::int64_t now) {
  const bool aggregate = stream.kind == StreamKind::AggregateTrade;
  json::object object = event(aggregate ? "aggTrade" : "trade", stream, now);
  object[aggregate ? "a" : "t"] = trade.id;
  object["p"] = to_text(trade.price);
  object["q"] = to_text(trade.quantity);
  if (aggregate) {
    object["f"] = trade.id;
    object["l"] = trade.id;
  }
  object["T"] = trade.time;
  object["m"] = trade.buyer_is_maker;
  object["M"] = true;
  return object;
}

json::object book_ticker_event(const Market& market) {
  const Level bid = market.best_bid();
  const Level ask = market.best_ask();
  return {{"u", market.book(0).last_update_id},
          {"s", market.symbol().name},
          {"b", to_text(bid.price)},
          {"B", to_text(bid.quantity)},
          {"a", to_text(ask.price)},
          {"A", to_text(ask.quantity)}};
}

json::object depth_event(const Stream& stream, const BookChange& change, std::int64_t now) {
  json::object object = event("depthUpdate", stream, now);
  object["U"] = change.first_update_id;
  object["u"] = change.last_update_id;
  object["b"] = levels_json(change.bids);
  object["a"] = levels_json(change.asks);
  return object;
}

json::object depth_top(const Stream& stream) {
  const Book book = stream.market->book(stream.levels);
  return {{"lastUpdateId", book.last_update_id},
          {"bids", levels_json(book.bids)},
          {"asks", levels_json(book.asks)}};
}

json::object kline_event(const Stream& stream, const Candle& candle, bool closed,
                         std::int64_t now) {
  json::object object = event("kline", stream, now);
  object["k"] = {{"t", candle.open_time},
                 {"T", stream.interval->end_of(candle.open_time)},
                 {"s", stream.market->symbol().name},
                 {"i", stream.interval_name},
                 {"f", candle.first_trade_id},
                 {"L", candle.first_trade_id + candle.trades - 1},
                 {"o", to_text(candle.open)},
                 {"c", to_text(candle.close)},
                 {"h", to_text(candle.high)},
                 {"l", to_text(candle.low)},
                 {"v", to_text(candle.volume)},
                 {"n", candle.trades},
                 {"x", closed},
                 {"q", to_text(candle.quote_volume)},
                 {"V", to_text(candle.taker_volume)},
                 {"Q", to_text(candle.taker_quote_volume)},
                 {"B", "0"}};
  return object;
}

json::object ticker_event(const Stream& stream, std::int64_t now) {
  const Market& market = *stream.market;
  const Candle day = last_day(market);
  const DayChange change(day);
  json::object object = event("24hrTicker", stream, now);
  object["p"] = to_text(change.change);
  object["P"] = to_text(change.percent, 3);
  object["w"] = to_text(change.weighted_average);
  object["x"] = to_text(day.open);
  object["c"] = to_text(market.last_trade().price);
  object["Q"] = to_text(market.last_trade().quantity);
  object["b"] = to_text(market.best_bid().price);
  object["B"] = to_text(market.best_bid().quantity);
  object["a"] = to_text(market.best_ask().price);
  object["A"] = to_text(market.best_ask().quantity);
  object["o"] = to_text(day.open);
  object["h"] = to_text(day.high);
  object["l"] = to_text(day.low);
  object["v"] = to_text(day.volume);
  object["q"] = to_text(day.quote_volume);
  object["O"] = market.now() - kDayMilliseconds;
  object["C"] = market.now();
  object["F"] = day.first_trade_id;
  object["L"] = market.last_trade().id;
  object["n"] = day.trades;
  return object;
}

std::vector<std::string> new_trades(Stream& stream, std::int64_t now) {
  std::vector<std::string> events;
  for (const Trade& trade : stream.market->trades()) {
    if (trade.id <= stream.last_trade_id) continue;
    stream.last_trade_id = trade.id;
    events.push_back(json::serialize(trade_event(stream, trade, now)));
  }
  return events;
}

/// The open candle; before it, once, the one that was open until now and is closed.
std::vector<std::string> kline_events(Stream& stream, std::int64_t now) {
  std::vector<std::string> events;
  for (const Candle& candle : candles_of(*stream.market, *stream.interval, {{}, {}, 2})) {
    const bool closed = candle.open_time != stream.interval->start_of(now);
    if (closed && candle.open_time != stream.candle_start) continue;
    stream.candle_start = closed ? 0 : candle.open_time;
    events.push_back(json::serialize(kline_event(stream, candle, closed, now)));
  }
  return events;
}

/// Nothing while the book has not moved.
std::vector<std::string> book_event(Stream& stream, std::int64_t now) {
  const BookCursor current = stream.market->cursor();
  if (current.step == stream.book.step) return {};
  const BookCursor known = std::exchange(stream.book, current);
  if (stream.kind == StreamKind::BookTicker) {
    return {json::serialize(book_ticker_event(*stream.market))};
  }
  return {json::serialize(depth_event(stream, stream.market->changes_since(known), now))};
}

/// What follows `<symbol>@`; false when it is unknown.
bool read_kind(Stream& stream, std::string_view kind) {
  const bool fast = kind.ends_with("@100ms");
  if (fast) kind.remove_suffix(std::string_view("@100ms").size());
  if (kind.starts_with("depth")) {
    stream.period = fast ? 0 : kSecond;
    const auto levels = kind.substr(std::string_view("depth").size());
    stream.kind = levels.empty() ? StreamKind::DepthChange : StreamKind::DepthTop;
    stream.levels = static_cast<std::int64_t>(parse_unsigned(levels).value_or(0));
    return levels.empty() || levels == "5" || levels == "10" || levels == "20";
  }
  if (fast) return false;
  if (kind.starts_with("kline_")) {
    stream.kind = StreamKind::Kline;
    stream.period = kSecond;
    stream.interval_name = kind.substr(std::string_view("kline_").size());
    stream.interval = Interval::parse(stream.interval_name);
    return stream.interval.has_value();
  }
  if (kind == "trade")
    stream.kind = StreamKind::Trade;
  else if (kind == "aggTrade")
    stream.kind = StreamKind::AggregateTrade;
  else if (kind == "bookTicker")
    stream.kind = StreamKind::BookTicker;
  else if (kind == "ticker")
    stream.kind = StreamKind::Ticker, stream.period = kSecond;
  else
    return false;
  return true;
}

}  // namespace

std::optional<Stream> parse_stream(const Venue& venue, std::string_view name) {
  const auto at = name.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  Stream stream;
  stream.market = venue.market(upper_case(name.substr(0, at)));
  if (!stream.market || !read_kind(stream, name.substr(at + 1))) return std::nullopt;
  stream.book = stream.market->cursor();
  stream.last_trade_id = stream.market->last_trade().id;
  return stream;
}

std::vector<std::string> events_of(Stream& stream, std::int64_t now) {
  if (now < stream.next_event) return {};
  stream.next_event = now + stream.period;
  switch (stream.kind) {
    case StreamKind::Trade:
    case StreamKind::AggregateTrade:
      return new_trades(stream, now);
    case StreamKind::BookTicker:
    case StreamKind::DepthChange:
      return book_event(stream, now);
    case StreamKind::DepthTop:
      return {json::serialize(depth_top(stream))};
    case StreamKind::Kline:
      return kline_events(stream, now);
    case StreamKind::Ticker:
      return {json::serialize(ticker_event(stream, now))};
  }
  return {};
}

}  // namespace apiforge::sim::exchange
