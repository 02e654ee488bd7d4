// ZmqContext: what all ZeroMQ sockets of the process share: libzmq's context with its I/O thread,
// and with CURVE the thread that decides who may connect (ZAP, https://rfc.zeromq.org/spec/27).
// Any thread may bind; each socket then belongs to one thread. Owned by the application; publisher
// and intake must go before it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "events/zmq/curve_keys.hpp"

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace apiforge::events {

enum class SocketKind : std::uint8_t { Publisher, Replier };

/// Where a socket listens, and what it takes.
struct Binding {
  std::string host = "127.0.0.1";    ///< an IP address
  std::uint16_t port = 0;            ///< 0: any free one
  int high_water_mark = 10'000;      ///< messages that wait for each peer, 1 or more
  std::size_t max_bytes = 16 << 10;  ///< of a message from a peer; a larger one cuts it off
};

class ZmqContext {
 public:
  /// Without keys everybody who reaches a socket may use it, in clear text.
  static Result<std::unique_ptr<ZmqContext>> open(std::optional<CurveKeys> keys);
  /// Sockets must have gone.
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;

  struct Bound {
    std::unique_ptr<zmq::socket_t> socket;
    std::string endpoint;  ///< `tcp://127.0.0.1:5555`, with the port that was taken
  };
  /// InvalidConfiguration when the address is wrong, taken or not allowed.
  Result<Bound> bind(SocketKind kind, const Binding& binding);

 private:
  explicit ZmqContext(std::optional<CurveKeys> keys);
  /// Answers libzmq's question for each new connection until the context is shut down.
  void admit_clients(std::unique_ptr<zmq::socket_t> questions) const;

  std::optional<CurveKeys> keys_;
  std::unique_ptr<zmq::context_t> context_;
  std::thread admission_;
};

}  // namespace apiforge::events
