// Exchange: a spot exchange with Binance's REST API and market streams, its limits, signatures and
// error codes, and one trader with one key. Owned by main; the server's thread only.
#pragma once
#include "sim/exchange/auth.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/exchange/weight_limiter.hpp"
#include "sim/simulator.hpp"

namespace apiforge::sim::exchange {

struct Config {
  Keys keys{};
  VenueConfig venue{};  ///< its step is also the interval of WebSocket events
};

struct Endpoint;

class Exchange final : public Simulator {
 public:
  Exchange(const Clock& clock, Config config);

  Reply reply(const Request& request) override;
  Reply failure(unsigned status) const override;
  /// Balances, orders and limits as at the start; the markets go on.
  void reset() override;
  std::unique_ptr<Channel> open(const Request& request) override;

 private:
  Outcome<std::string> answer(const Endpoint& endpoint, const Request& request,
                              const Parameters& parameters);
  Outcome<void> authenticate(const Endpoint& endpoint, const Request& request,
                             const Parameters& parameters) const;
  Outcome<std::string> count_and_place(const Endpoint& endpoint, const Parameters& parameters);
  Reply refuse_for_weight(const WeightLimiter::Verdict& verdict, std::int64_t now) const;

  Config config_;
  Venue venue_;
  WeightLimiter weight_;
  OrderCounter orders_per_10_seconds_;
  OrderCounter orders_per_day_;
};

}  // namespace apiforge::sim::exchange
