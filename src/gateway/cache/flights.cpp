#include "gateway/cache/flights.hpp"

#include <algorithm>
#include <utility>

namespace apiforge::gateway::cache {

Flights::Place Flights::ask(std::string_view key, Asker asker, bool may_wait) {
  const auto found = flights_.find(key);
  if (found == flights_.end()) {
    if (flights_.size() == kMaxFlights) return Place::Alone;
    flights_.emplace(std::string(key), Flight{asker, {}});
    return Place::Leads;
  }
  Flight& flight = found->second;
  if (!may_wait || flight.waiting.size() == kMaxWaiting) return Place::Alone;
  flight.waiting.push_back(asker);
  return Place::Waits;
}

Flights::Landing Flights::end(std::string_view key, Asker leader, FlightEnd how) {
  Landing landing;
  const auto found = flights_.find(key);
  if (found == flights_.end() || found->second.leader != leader) return landing;
  Flight& flight = found->second;
  if (how == FlightEnd::Cancelled && !flight.waiting.empty()) {
    flight.leader = flight.waiting.front();
    flight.waiting.erase(flight.waiting.begin());
    landing.next_leader = flight.leader;
    return landing;
  }
  landing.released = std::move(flight.waiting);
  flights_.erase(found);
  return landing;
}

Flights::Landing Flights::leave(std::string_view key, Asker asker) {
  const auto found = flights_.find(key);
  if (found == flights_.end()) return {};
  if (found->second.leader == asker) return end(key, asker, FlightEnd::Cancelled);
  std::erase(found->second.waiting, asker);
  return {};
}

}  // namespace apiforge::gateway::cache
