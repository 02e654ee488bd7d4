// Attempt: one try of a Call to get a reply from one endpoint. A Call has one, and a second beside
// it while it hedges. Lives in its Call, on the same worker; recycled with it.
#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/upstream_pool.hpp"
#include "policy/breaker.hpp"

namespace apiforge::gateway {

/// What the breakers have allowed. Given back when nobody settles it.
struct BreakerPermits {
  policy::BreakerPermit api;
  policy::BreakerPermit endpoint;
};

struct Attempt {
  std::size_t endpoint = 0;  ///< index into the ApiRuntime's
  MonotonicTime begun{};
  std::string target;       ///< path and query as they go out
  std::string lines;        ///< fields that the gateway and the connector add
  std::string signed_body;  ///< the body as it goes out, when the connector signs it
  BreakerPermits permits;
  net::UpstreamPool::Lease lease;
  std::optional<Error> error;
  std::string judged_body;   ///< what of the reply's body was read to let the connector judge it
  bool after_stale = false;  ///< the one before met a connection that the upstream had closed
  bool cancelled = false;    ///< another was answered first; ends as soon as it can

  /// Ends the waits of the attempt; it tells nothing of its endpoint.
  void cancel() {
    cancelled = true;
    lease.close();
  }
  void recycle();
};

}  // namespace apiforge::gateway
