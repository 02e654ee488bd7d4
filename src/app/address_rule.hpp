// The wall between the gateway and networks that are not public: which addresses it may connect to.
// Any thread.
#pragma once
#include <string_view>

#include "app/settings.hpp"
#include "base/error.hpp"
#include "model/url.hpp"

namespace apiforge::app {

/// Whether an address (textual IP) may be an upstream: it is public, or named.
bool may_connect(const NetworkSettings& network, std::string_view ip);

/// Whether an endpoint may be registered: InvalidValue when its host is, or resolves now to, an
/// address that may not be connected to. A host that does not resolve may: its addresses are
/// checked again whenever one is connected to. Blocks on the name server.
Result<void> check_endpoint(const NetworkSettings& network, const model::UpstreamUrl& url);

/// Whether UPSTREAM_ALLOW_CIDRS names the address.
bool is_named(const NetworkSettings& network, std::string_view ip);

}  // namespace apiforge::app
