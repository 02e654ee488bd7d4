#include "sim/exchange/venue.hpp"

namespace apiforge::sim::exchange {

Venue::Venue(const Clock& clock, std::uint64_t seed, std::chrono::milliseconds skew, Limits limits)
    : clock_(clock), skew_(skew), limits_(limits) {
  auto symbols = default_symbols();
  for (Symbol& symbol : symbols) {
    markets_.emplace_back(std::move(symbol), seed, server_time());
  }
}

void Venue::advance() {
  const std::int64_t now = server_time();
  for (Market& market : markets_) {
    if (now - market.now() > kMaxCatchUp) market.skip_to(now - kMaxCatchUp);
    while (market.next_step_time() <= now) {
      market.step();
      desk_.match(market);
    }
  }
}

const Market* Venue::market(std::string_view symbol) const {
  for (const Market& market : markets_) {
    if (market.symbol().name == symbol) return &market;
  }
  return nullptr;
}

}  // namespace apiforge::sim::exchange
