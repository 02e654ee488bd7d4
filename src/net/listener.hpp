// Listener: accepts connections of one worker. Each worker has its own socket on the same port
// (SO_REUSEPORT), so the kernel spreads connections and workers share nothing.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "net/address.hpp"
#include "net/connection.hpp"
#include "net/tls_context.hpp"

namespace apiforge::net {

/// Opens `count` listening sockets on one address; port 0 picks a free port, the same for all.
/// Returns their descriptors. Fails with InvalidConfiguration when the address cannot be bound.
Result<std::vector<int>> open_listening_sockets(const HostPort& address, std::size_t count);
/// The port a listening socket is bound to.
std::uint16_t bound_port(int socket);

/// The connections of one worker, whichever of its listeners accepted them. One thread.
struct ConnectionBudget {
  std::size_t max = 20'000;
  std::size_t open = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< closed at once for lack of room
};

struct ListenerOptions {
  std::size_t input_bytes = 6 * 1024;  ///< held by an idle connection; a 4 KiB body and its head
  std::chrono::milliseconds handshake_timeout{10'000};
};

class Listener {
 public:
  using OnConnection = std::function<void(ConnectionPtr, bool tls)>;

  /// Takes over the descriptor. `budget` outlives the listener; it counts a connection from its
  /// accept, and whoever gets the connection takes it off at its end. `on_connection` is called on
  /// the loop's thread for each connection, after its TLS handshake if there is one.
  Listener(EventLoop& loop, int socket, ListenerOptions options, ConnectionBudget& budget,
           OnConnection on_connection);
  ~Listener();

  void start();
  /// Stops accepting. What the kernel has queued is accepted first, so that no caller is refused.
  void stop();
  /// Used by the connections that come from now on; null for plain TCP.
  void set_tls(std::shared_ptr<TlsServerContext> context);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
