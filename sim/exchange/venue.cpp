#include "sim/exchange/venue.hpp"

namespace apiforge::sim::exchange {

Venue::Venue(const Clock& clock, const VenueConfig& config) : clock_(clock), config_(config) {
  auto symbols = default_symbols();
  for (Symbol& symbol : symbols) {
    markets_.emplace_back(std::move(symbol), config.seed, server_time(), config.step.count());
  }
}

void Venue::advance() {
  const std::int64_t now = server_time();
  for (Market& market : markets_) {
    const std::int64_t longest = kMaxCatchUpSteps * market.step_length();
    if (now - market.now() > longest) market.skip_to(now - longest);
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
