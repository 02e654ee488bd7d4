// Reads the reply of an upstream whole, within a bound.
#pragma once
#include <cstdint>

#include "gateway/call.hpp"
#include "gateway/whole_reply.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// Reads the body of the reply that `attempt` was answered with, up to `max_bytes`, and owns its
/// fields. Errors: ReplyTooLarge, and those of reading (UpstreamBroke, UpstreamTimeout,
/// UpstreamProtocolError). The lease is given back when the reply is whole.
net::Task<Result<WholeReply>> collect_reply(Call& call, WorkerContext& worker, Attempt& attempt,
                                            const net::ResponseHead& head, std::uint64_t max_bytes);

/// Whether the head alone says that the reply has more than `max_bytes`.
bool surely_larger(const net::ResponseHead& head, std::uint64_t max_bytes);

}  // namespace apiforge::gateway::phases
