// Looks in replies for what a call has used. Part of `relay`.
#pragma once
#include "gateway/call.hpp"

namespace apiforge::gateway::phases {

/// Whether a rule says where replies tell of it, and the call holds something that depends on that.
/// What another Api answers says nothing of it.
bool is_metered(const Call& call);
/// Makes `Admission::usage` for the reply to a metered call. Not when it has a content coding,
/// which was not asked for: what was used is then unknown.
void start_tap(Call& call, const net::ResponseHead& reply);
/// A piece of the body, as it came from the upstream.
void tap(Call& call, const net::Body& body);

}  // namespace apiforge::gateway::phases
