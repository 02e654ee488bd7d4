// One health check of one endpoint: a `GET` of which the status counts, or no more than a
// connection. Runs on the loop that it is given; nobody owns it beyond that.
#pragma once
#include <memory>
#include <string>

#include "base/error.hpp"
#include "model/resilience.hpp"
#include "net/dialer.hpp"

namespace apiforge::gateway {

struct CompiledApi;
struct CompiledEndpoint;

/// Whom to ask for what. Immutable but for the TLS session that the target remembers.
struct EndpointProbe {
  model::HealthCheck check;
  std::shared_ptr<net::DialTarget> server;
  std::string authority;  ///< the Host field
  std::string target;     ///< the endpoint's prefix and the path of the check
};

/// The probe of an endpoint of `api`, which has health checks; with the TLS settings of the Api,
/// without its credential.
EndpointProbe make_probe(const CompiledApi& api, const CompiledEndpoint& endpoint);

/// Connects, asks, and closes, within the check's timeout; every address is subject to the
/// dialer's rule. The connection is closed after the head of the reply: its body says nothing.
/// Errors tell why the endpoint is not well: those of Dialer::dial, UpstreamBroke,
/// UpstreamTimeout, UpstreamProtocolError (also for a status out of range).
net::Task<Result<void>> run_probe(net::EventLoop& loop, net::Dialer& dialer,
                                  std::shared_ptr<const EndpointProbe> probe);

}  // namespace apiforge::gateway
