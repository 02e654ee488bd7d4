#include "gateway/cache/cache_ticket.hpp"

namespace apiforge::gateway::cache {

void set_conditions(Call& call, CacheTicket& ticket) {
  call.conditions.clear();
  ticket.validates = false;
  if (!ticket.stale) return;
  const policy::Validators& validators = ticket.stale->validators;
  if (!validators.etag.empty()) call.conditions.push_back({"If-None-Match", validators.etag});
  if (!validators.last_modified.empty()) {
    call.conditions.push_back({"If-Modified-Since", validators.last_modified});
  }
  ticket.validates = !call.conditions.empty();
}

}  // namespace apiforge::gateway::cache
