// The OpenSSL side of TLS. Included by the .cpp files of net/ only.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>

#include "net/detail/asio.hpp"
#include "net/tls_context.hpp"
#include "net/transport.hpp"

namespace apiforge::net {

struct TlsServerContext::Native {
  detail::asio::ssl::context context{detail::asio::ssl::context::tls_server};
};

struct TlsClientContext::Native {
  detail::asio::ssl::context context{detail::asio::ssl::context::tls_client};
  bool verify = true;
};

namespace detail {

using TlsStream = asio::ssl::stream<TcpSocket>;

struct SessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
/// The last session of an endpoint, offered for resumption by the next connection to it.
struct TlsSessionSlot {
  std::unique_ptr<SSL_SESSION, SessionDeleter> session;
};

/// Takes over a stream whose handshake is done. `keep_alive` are objects the stream refers to.
std::unique_ptr<Transport> make_tls_transport(std::unique_ptr<TlsStream> stream,
                                              std::shared_ptr<void> keep_alive);
/// Where the context's new-session callback finds the slot of a connection.
int session_slot_index();

}  // namespace detail
}  // namespace apiforge::net
