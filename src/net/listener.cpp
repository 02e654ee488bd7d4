#include "net/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <cstring>

#include "net/detail/native_loop.hpp"
#include "net/detail/tcp_transport.hpp"
#include "net/detail/tls.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {
namespace asio = detail::asio;
using boost::system::error_code;

namespace {

constexpr int kBacklog = 4'096;

Result<int> open_socket(const asio::ip::tcp::endpoint& endpoint) {
  const int socket = ::socket(endpoint.protocol().family(),
                              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  const int on = 1;
  const bool ok = socket >= 0 &&
                  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                  ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 &&
                  ::bind(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
                  ::listen(socket, kBacklog) == 0;
  if (ok) return socket;
  const std::string reason = std::strerror(errno);
  if (socket >= 0) ::close(socket);
  return fail(ErrorCode::InvalidConfiguration, "cannot listen on " +
                                                   endpoint.address().to_string() + " port " +
                                                   std::to_string(endpoint.port()) + ": " + reason);
}

}  // namespace

Result<std::vector<int>> open_listening_sockets(const HostPort& address, std::size_t count) {
  error_code error;
  const auto ip =
      asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
  if (error) {
    return fail(ErrorCode::InvalidConfiguration,
                "API_HOST '" + address.host + "' is not an IP address");
  }
  asio::ip::tcp::endpoint endpoint(ip, address.port);
  std::vector<int> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    auto socket = open_socket(endpoint);
    if (!socket) {
      for (const int opened : sockets) ::close(opened);
      return std::unexpected(socket.error());
    }
    sockets.push_back(*socket);
    endpoint.port(bound_port(*socket));
  }
  return sockets;
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// Shared with the accept and handshake handlers, which may end after the listener is gone.
struct Listener::State : std::enable_shared_from_this<State> {
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, detail::Executor>;

  State(EventLoop& event_loop, int socket, ListenerOptions limits, ConnectionBudget& connections,
        OnConnection handler)
      : loop(event_loop),
        options(limits),
        budget(connections),
        on_connection(std::move(handler)),
        acceptor(event_loop.native().context) {
    error_code ignored;
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    acceptor.assign(address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                    socket, ignored);
    acceptor.non_blocking(true, ignored);
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error,
                                                      detail::TcpSocket socket) {
      if (self->stopped) return;
      if (!error) {
        self->admit(std::move(socket));
      } else if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space) {
        spawn(accept_later(self));
        return;
      }
      self->accept();
    });
  }

  // Out of descriptors: waiting is better than spinning; connections in the queue stay there.
  static Task<void> accept_later(std::shared_ptr<State> self) {
    co_await self->loop.sleep_until(self->loop.now() + std::chrono::milliseconds(100));
    if (!self->stopped) self->accept();
  }

  void drain_queue() {
    for (int i = 0; i < kBacklog; ++i) {
      error_code error;
      detail::TcpSocket socket(loop.native().context);
      acceptor.accept(socket, error);
      if (error) return;
      admit(std::move(socket));
    }
  }

  void admit(detail::TcpSocket socket) {
    ++budget.accepted;
    if (budget.open >= budget.max) {
      ++budget.refused;
      error_code ignored;
      socket.close(ignored);
      return;
    }
    ++budget.open;
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    std::string address = error ? std::string("-") : peer.address().to_string();
    if (tls) {
      handshake(std::move(socket), std::move(address));
    } else {
      deliver(make_tcp_transport(std::move(socket)), std::move(address), false);
    }
  }

  void deliver(std::unique_ptr<Transport> transport, std::string address, bool is_tls) {
    on_connection(
        Connection::make(loop, std::move(transport), options.input_bytes, std::move(address)),
        is_tls);
  }

  struct Handshake;
  void handshake(detail::TcpSocket socket, std::string address);

  EventLoop& loop;
  ListenerOptions options;
  ConnectionBudget& budget;
  OnConnection on_connection;
  Acceptor acceptor;
  std::shared_ptr<TlsServerContext> tls;
  bool stopped = false;
};

struct Listener::State::Handshake final : Timer::Owner {
  Handshake(std::shared_ptr<State> owner, detail::TcpSocket socket, std::string peer)
      : state(std::move(owner)),
        context(state->tls),
        stream(std::make_unique<detail::TlsStream>(std::move(socket), context->native().context)),
        address(std::move(peer)),
        timer(state->loop.timers(), *this) {}
  void on_deadline(Timer&) override { close_socket(stream->next_layer(), false); }

  std::shared_ptr<State> state;
  std::shared_ptr<TlsServerContext> context;
  std::unique_ptr<detail::TlsStream> stream;
  std::string address;
  Timer timer;
};

void Listener::State::handshake(detail::TcpSocket socket, std::string address) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  auto pending =
      std::make_shared<Handshake>(shared_from_this(), std::move(socket), std::move(address));
  pending->timer.set(loop.now() + options.handshake_timeout);
  pending->stream->async_handshake(
      asio::ssl::stream_base::server, [pending](const error_code& error) {
        pending->timer.clear();
        State& state = *pending->state;
        if (error) {
          --state.budget.open;
          return;
        }
        state.deliver(detail::make_tls_transport(std::move(pending->stream), pending->context),
                      std::move(pending->address), true);
      });
}

Listener::Listener(EventLoop& loop, int socket, ListenerOptions options, ConnectionBudget& budget,
                   OnConnection on_connection)
    : state_(std::make_shared<State>(loop, socket, options, budget, std::move(on_connection))) {}

Listener::~Listener() {
  stop();
}

void Listener::start() {
  state_->accept();
}

void Listener::stop() {
  if (std::exchange(state_->stopped, true)) return;
  state_->drain_queue();
  error_code ignored;
  state_->acceptor.close(ignored);
}

void Listener::set_tls(std::shared_ptr<TlsServerContext> context) {
  state_->tls = std::move(context);
}

}  // namespace apiforge::net
