// Dialer: makes connections to upstreams: name resolution off the loop, both address families, TLS.
// One per event loop, one thread.
#pragma once
#include <functional>
#include <memory>

#include "base/error.hpp"
#include "net/address.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"
#include "net/tls_context.hpp"

namespace apiforge::net {

namespace detail {
struct TlsSessionSlot;
}

/// Where and how to connect. One object per upstream endpoint and worker: it remembers the last TLS
/// session, so that the next connection resumes it.
struct DialTarget {
  HostPort address;
  std::shared_ptr<TlsClientContext> tls;            ///< null for plain TCP
  std::string server_name;                          ///< SNI and certificate name
  std::size_t input_bytes = 24 * 1024;              ///< a 16 KiB reply and its head in one read
  std::shared_ptr<detail::TlsSessionSlot> session;  ///< made by the dialer
};

class Dialer {
 public:
  /// Decides whether a resolved address (textual IP) may be connected to.
  using AddressRule = std::function<bool(const std::string& ip)>;

  Dialer(EventLoop& loop, AddressRule allowed);
  ~Dialer();

  /// Connects, trying each resolved address in turn within the deadline.
  /// Errors: UpstreamNameUnresolved, UpstreamConnectFailed, UpstreamConnectTimeout,
  /// UpstreamTlsFailed, Forbidden (no resolved address is allowed).
  Task<Result<ConnectionPtr>> dial(std::shared_ptr<DialTarget> target, MonotonicTime deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
