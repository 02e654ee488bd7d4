// Venue: the markets, the trader's desk and the server's clock, that REST and WebSocket share.
// Owned by the Exchange; its thread only.
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

struct VenueConfig {
  std::uint64_t seed = 1;
  std::chrono::milliseconds clock_skew{0};  ///< how far the server's clock is ahead
  std::chrono::milliseconds step{100};      ///< of the markets; at least 1 ms
  Limits limits{};
};

class Venue {
 public:
  /// After a time without requests at most so many steps are made up for; the rest is leapt over.
  static constexpr std::int64_t kMaxCatchUpSteps = 864'000;

  Venue(const Clock& clock, const VenueConfig& config);

  /// Lets every market move up to the present and fills what it crosses.
  void advance();
  /// Unix milliseconds.
  std::int64_t server_time() const {
    return unix_milliseconds(clock_.wall()) + config_.clock_skew.count();
  }

  /// Null when there is no such symbol; else valid as long as the Venue.
  const Market* market(std::string_view symbol) const;
  const std::vector<Market>& markets() const { return markets_; }
  OrderDesk& desk() { return desk_; }
  const Limits& limits() const { return config_.limits; }
  /// Orders and balances as at the start; the markets go on.
  void reset_desk() { desk_ = OrderDesk(Account(starting_balances())); }

 private:
  const Clock& clock_;
  VenueConfig config_;
  std::vector<Market> markets_;
  OrderDesk desk_{Account(starting_balances())};
};

}  // namespace apiforge::sim::exchange
