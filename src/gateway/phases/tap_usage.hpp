// Looks in replies for what a call has used. Part of `relay`.
#pragma once
#include "gateway/call.hpp"

namespace apiforge::gateway::phases {

/// Makes `Admission::usage` when a rule says where this reply tells of it, and the call holds
/// something that depends on that. Not for a reply with a content coding.
void start_tap(Call& call, const net::ResponseHead& reply);
/// A piece of the body, as it came from the upstream.
void tap(Call& call, const net::Body& body);

}  // namespace apiforge::gateway::phases
