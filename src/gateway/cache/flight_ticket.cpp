#include "gateway/cache/flight_ticket.hpp"

#include "gateway/cache/worker_cache.hpp"

namespace apiforge::gateway::cache {

void FlightTicket::end(FlightEnd how) {
  if (cache_ != nullptr) cache_->end_flight(*this, how);
}

}  // namespace apiforge::gateway::cache
