// StreamChannel: one market-data WebSocket (Binance web-socket-streams.md). Knows the streams
//   <symbol>@trade @aggTrade @bookTicker @depth @depth@100ms @depth5|10|20[@100ms] @kline_<i>
//   @ticker
// A stream of another name may be subscribed to and stays silent, as at Binance. The Exchange's
// thread only; owned by its WebSocket session.
#pragma once
#include <map>
#include <optional>

#include "sim/exchange/candles.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/simulator.hpp"

namespace apiforge::sim::exchange {

enum class StreamKind { Trade, AggregateTrade, BookTicker, DepthChange, DepthTop, Kline, Ticker };

/// One subscription and how far it has been served.
struct Stream {
  StreamKind kind = StreamKind::Trade;
  const Market* market = nullptr;
  std::int64_t period = 0;      ///< milliseconds between events; 0: at every tick
  std::int64_t levels = 0;      ///< DepthTop
  std::string interval_name{};  ///< Kline
  std::optional<Interval> interval{};
  BookCursor book{};
  std::int64_t last_trade_id = 0;
  std::int64_t candle_start = 0;  ///< Kline: of the candle that was last sent
  std::int64_t next_event = 0;
};

/// Nullopt when the name is not one of a stream of this venue.
std::optional<Stream> parse_stream(const Venue& venue, std::string_view name);
/// The events, as JSON, that are due at `now` (Unix milliseconds).
std::vector<std::string> events_of(Stream& stream, std::int64_t now);

class StreamChannel final : public Channel {
 public:
  static constexpr std::size_t kMaxStreams = 1024;

  /// `combined`: events are wrapped as {"stream", "data"}.
  StreamChannel(Venue& venue, bool combined, std::chrono::milliseconds interval)
      : venue_(venue), combined_(combined), interval_(interval) {}

  /// False when there are too many streams already.
  bool subscribe(std::string_view name);

  std::vector<std::string> receive(std::string_view message) override;
  std::vector<std::string> tick() override;
  std::chrono::milliseconds interval() const override { return interval_; }

 private:
  Venue& venue_;
  bool combined_;
  std::chrono::milliseconds interval_;
  std::map<std::string, std::optional<Stream>, std::less<>> streams_;
};

/// Of `/ws`, `/ws/<stream>/<stream>...` and `/stream?streams=<stream>/<stream>...`; null for
/// others.
std::unique_ptr<StreamChannel> open_streams(Venue& venue, const Request& request,
                                            std::chrono::milliseconds interval);

}  // namespace apiforge::sim::exchange
