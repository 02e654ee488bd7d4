// EagerRead: the read of a TCP socket, once, without the wasted system call. Private to net/.
//
// After a read that took everything, Asio tries to read again before it waits, and is told EAGAIN.
// A read that got less than it had room for has taken everything, and this operation tells the
// reactor so; of the peer's end, which may hide behind that data, it hears from EndWatch. It is
// written against the reactor of Boost 1.81 and reused for every read of its socket, so that a read
// allocates nothing. See docs/adr/0020.
#pragma once
#include <span>

#include "net/detail/asio.hpp"
#include "net/transport.hpp"
// After Asio's own headers, on whose order it depends.
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>

namespace apiforge::net::detail {

/// A socket that lets its own read operation reach the reactor.
class EagerSocket final : public TcpSocket {
 public:
  explicit EagerSocket(TcpSocket socket) : TcpSocket(std::move(socket)) {}
  asio::detail::reactor::per_descriptor_data& reactor_data() {
    return impl_.get_implementation().reactor_data_;
  }
};

class EagerRead final : private asio::detail::reactor_op {
 public:
  /// The socket must be non-blocking and outlive the read, as must the context.
  explicit EagerRead(EagerSocket& socket);

  /// Starts a read into `into`; `listener` is kept alive until it has been told the end. Only one
  /// at a time. Reads at once when the kernel may hold data.
  void start(std::span<char> into, TransportListener& listener);

  /// From now on a read never waits: it gets data, or is told of the end.
  void peer_has_ended();

 private:
  static status perform(asio::detail::reactor_op* base);
  static void complete(void* owner, asio::detail::operation* base,
                       const boost::system::error_code& error, std::size_t bytes);
  status read_now();
  void read_without_waiting();
  bool was_woken() const;

  EagerSocket& socket_;
  asio::detail::reactor& reactor_;
  int descriptor_;
  const bool hears_of_ends_;
  bool peer_ended_ = false;
  std::span<char> into_;
  TransportListener* listener_ = nullptr;
};

}  // namespace apiforge::net::detail
