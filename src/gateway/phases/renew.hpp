// renew: asks the upstream for a stale reply anew while the caller has the stale one already
// (stale-while-revalidate, RFC 5861 3).
#pragma once
#include "gateway/cache/cache_ticket.hpp"
#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// Begins to renew `ticket.stale`, which has answered the call, unless somebody does already. Waits
/// for the home of the key only.
net::Task<void> renew_in_background(Call& call, WorkerContext& worker,
                                    const cache::CacheTicket& ticket);

}  // namespace apiforge::gateway::phases
