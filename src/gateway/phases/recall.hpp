// recall: answers a call from what is kept, or says how to ask the upstream. Runs after `shape`, on
// the call's worker.
#pragma once
#include <cstdint>

#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

enum class Recalled : std::uint8_t {
  Answered,  ///< the reply was delivered, or the caller is gone
  /// Go to the upstream. While `Call::keep` is set, the caller's If-None-Match and
  /// If-Modified-Since do not go with it: the cache answers them. `Call::conditions` go instead.
  Ask,
  Failed  ///< `Call::error` says why: only-if-cached, or the wait for an equal call took too long
};

/// At once for an Api without a cache, and for a fresh hit. Otherwise it may wait for the reply of
/// an equal call, until the call's deadline at most.
net::Task<Recalled> recall(Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
