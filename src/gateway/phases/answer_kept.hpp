// Delivers a kept reply, for `recall` and `keep`.
#pragma once
#include "gateway/cache/kept_reply.hpp"
#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"
#include "policy/http_cache.hpp"

namespace apiforge::gateway::phases {

/// How a kept reply came to answer a call.
enum class KeptAnswer : std::uint8_t {
  Hit,        ///< it was kept, fresh or not
  Collapsed,  ///< an equal call that was under way fetched it
  Validated   ///< the upstream says that it is still right
};

/// Delivers the reply, or 304 when the caller's own condition is met, with Age and Cache-Status,
/// and changed by `reshape`. Sets `Call::error` instead when that fails.
net::Task<void> answer_kept(Call& call, WorkerContext& worker, cache::KeptPtr kept,
                            const policy::RequestFacts& request, KeptAnswer how);

}  // namespace apiforge::gateway::phases
