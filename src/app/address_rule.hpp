// The wall between the gateway and networks that are not public: which addresses it may connect to.
// Pure; any thread.
#pragma once
#include <string_view>

#include "app/settings.hpp"

namespace apiforge::app {

/// Whether an address (textual IP) may be an upstream: it is public, or named.
bool may_connect(const NetworkSettings& network, std::string_view ip);

/// Whether UPSTREAM_ALLOW_CIDRS names the address.
bool is_named(const NetworkSettings& network, std::string_view ip);

}  // namespace apiforge::app
