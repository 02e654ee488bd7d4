// Venue: the markets, the trader's desk and the server's clock, that REST and WebSocket share. Owned
// by the Exchange; its thread only.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "sim/exchange/market.hpp"
#include "sim/exchange/order_desk.hpp"

namespace apiforge::sim::exchange {

struct Limits {
  std::int64_t weight_per_minute = 6000;
  std::int64_t orders_per_10_seconds = 100;
  std::int64_t orders_per_day = 200'000;
};

class Venue {
 public:
  /// A time without requests longer than this is leapt over.
  static constexpr std::int64_t kMaxCatchUp = 24 * 3600 * 1000;

  /// `skew` is how far the server's clock is ahead of `clock`.
  Venue(const Clock& clock, std::uint64_t seed, std::chrono::milliseconds skew, Limits limits);

  /// Lets every market move up to the present and fills what it crosses.
  void advance();
  /// Unix milliseconds.
  std::int64_t server_time() const { return unix_milliseconds(clock_.wall()) + skew_.count(); }

  /// Null when there is no such symbol; else valid as long as the Venue.
  const Market* market(std::string_view symbol) const;
  const std::vector<Market>& markets() const { return markets_; }
  OrderDesk& desk() { return desk_; }
  const Limits& limits() const { return limits_; }
  /// Orders and balances as at the start; the markets go on.
  void reset_desk() { desk_ = OrderDesk(Account(starting_balances())); }

 private:
  const Clock& clock_;
  std::chrono::milliseconds skew_;
  Limits limits_;
  std::vector<Market> markets_;
  OrderDesk desk_{Account(starting_balances())};
};

}  // namespace apiforge::sim::exchange
