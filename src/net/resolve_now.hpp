// resolve_now: names to addresses on threads that may wait, for checks of the control plane. Calls
// of the data plane use the Resolver of their loop.
#pragma once
#include <string>
#include <vector>

namespace apiforge::net {

/// Textual IP addresses of a name, or of an IP literal itself; empty when it has none now. Blocks
/// as long as the system's resolver does (resolv.conf(5): `timeout`, `attempts`).
std::vector<std::string> resolve_now(const std::string& host);

}  // namespace apiforge::net
