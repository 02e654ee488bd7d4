// Transport over a TCP socket. Private to net/: made by the listener and the dialer.
#pragma once
#include <memory>

#include "net/detail/asio.hpp"
#include "net/detail/socket_info.hpp"
#include "net/transport.hpp"

namespace apiforge::net {

/// Takes over a connected socket and makes it non-blocking and without delay (TCP_NODELAY).
std::unique_ptr<Transport> make_tcp_transport(detail::TcpSocket socket);

/// What both transports ask of the socket below them.
bool socket_has_pending_input(detail::TcpSocket& socket);
/// With `reset`, unsent data is dropped and the peer sees a reset.
void close_socket(detail::TcpSocket& socket, bool reset);

}  // namespace apiforge::net
