// Calls that nobody waits for: reads that are mirrored to another version, and replies of the cache
// that are asked for anew in the background. They run on the worker of the call they come from, are
// bounded in number, and end by their own deadlines.
#pragma once
#include <functional>
#include <memory>

#include "gateway/call.hpp"
#include "gateway/whole_reply.hpp"
#include "gateway/worker_context.hpp"

namespace apiforge::gateway::phases {

/// So many at once on a worker; further ones are not begun.
inline constexpr std::uint32_t kMaxDetachedCalls = 64;
/// Largest reply that is read.
inline constexpr std::uint64_t kMaxDetachedReply = 16ull << 20;

/// Hears the end: the reply of the upstream, or why there is none. Runs once, on the worker.
using OnDetachedReply =
    std::move_only_function<void(Call& call, WorkerContext& worker, Result<WholeReply> reply)>;

/// A detached copy of a GET or HEAD: its request, what `shape` made of it, its caller and Api.
std::unique_ptr<Call> detached_copy(const Call& call);

/// Sends `call` (from `detached_copy`, with `conditions` and `keep` set as needed) upstream soon,
/// without delaying the calls that run now. False when too many are under way: then `call` is gone
/// and `on_reply` never runs.
bool start_detached(std::unique_ptr<Call> call, WorkerContext& worker, OnDetachedReply on_reply);

}  // namespace apiforge::gateway::phases
