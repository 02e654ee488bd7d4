// Snapshot: the immutable, compiled form of the configuration, which the workers read. Built on the
// control thread, shared by all workers, replaced as a whole.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "connectors/connector.hpp"
#include "model/api.hpp"
#include "model/permission.hpp"
#include "model/url.hpp"
#include "net/tls_context.hpp"
#include "policy/retry.hpp"
#include "policy/route_table.hpp"

namespace apiforge::gateway {

struct CompiledEndpoint {
  std::string url;  ///< as configured; names the endpoint in metrics and logs
  model::UpstreamUrl parts;
  std::string authority;  ///< the Host field
  std::uint32_t weight = 1;
};

/// One Api version, ready for calls. Immutable but for the atomics of its connector.
struct CompiledApi {
  model::Api config;
  std::optional<model::Credential> credential;
  std::shared_ptr<const connectors::Connector> connector;
  std::shared_ptr<net::TlsClientContext> tls;  ///< null when no endpoint uses TLS
  std::vector<CompiledEndpoint> endpoints;
  policy::RetryRule retry;
  model::PermissionSet permissions;  ///< what callers need, unless it is public
};

struct Snapshot {
  std::uint64_t revision = 0;
  std::vector<std::shared_ptr<const CompiledApi>> apis;
  policy::RouteTable routes;  ///< values are indexes into `apis`
};

/// A connector of this build, by the name that configurations use.
struct ConnectorEntry {
  std::string_view name;
  connectors::ConnectorFactory make;
};

/// Compiles a validated configuration. What is unchanged since `previous` (may be null) is shared
/// with it, so that clocks, counters and connections of those Apis go on undisturbed. Fails with
/// InvalidConfiguration naming the Api.
Result<std::shared_ptr<const Snapshot>> compile_snapshot(
    const model::Configuration& configuration, const std::vector<ConnectorEntry>& connectors,
    const Snapshot* previous);

}  // namespace apiforge::gateway
