#include "net/dialer.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <utility>

#include "net/detail/native_loop.hpp"
#include "net/detail/tcp_transport.hpp"
#include "net/detail/tls.hpp"
#include "net/resolver.hpp"

namespace apiforge::net {
namespace asio = detail::asio;
using boost::system::error_code;

struct Dialer::State {
  State(EventLoop& event_loop, AddressRule rule)
      : loop(event_loop), resolver(event_loop), allowed(std::move(rule)) {}
  EventLoop& loop;
  Resolver resolver;
  AddressRule allowed;
};

namespace {

// One connection attempt. It outlives its coroutine's interest only inside Asio's handlers.
struct Attempt final : std::enable_shared_from_this<Attempt>, Timer::Owner {
  Attempt(EventLoop& event_loop, std::shared_ptr<DialTarget> dial_target)
      : loop(event_loop),
        target(std::move(dial_target)),
        socket(event_loop.native().context),
        timer(event_loop.timers(), *this) {}

  void on_deadline(Timer&) override {
    timed_out = true;
    close_socket(stream ? stream->next_layer() : socket, false);
  }

  EventLoop& loop;
  std::shared_ptr<DialTarget> target;
  detail::TcpSocket socket;
  std::unique_ptr<detail::TlsStream> stream;
  Timer timer;
  error_code error;
  bool timed_out = false;
};

// Awaiters hold references only: g++ 12 destroys the members of an aggregate in a co_await twice.
struct Connecting {
  Attempt& attempt;
  const asio::ip::tcp::endpoint& endpoint;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const {
    attempt.socket.async_connect(
        endpoint, [held = attempt.shared_from_this(), waiter](const error_code& error) {
          held->error = error;
          waiter.resume();
        });
  }
  void await_resume() const {}
};

struct Handshaking {
  Attempt& attempt;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const {
    attempt.stream->async_handshake(
        asio::ssl::stream_base::client,
        [held = attempt.shared_from_this(), waiter](const error_code& error) {
          held->error = error;
          waiter.resume();
        });
  }
  void await_resume() const {}
};

void prepare_tls(Attempt& attempt) {
  DialTarget& target = *attempt.target;
  attempt.stream =
      std::make_unique<detail::TlsStream>(std::move(attempt.socket), target.tls->native().context);
  SSL* ssl = attempt.stream->native_handle();
  error_code not_an_ip;
  asio::ip::make_address(target.server_name, not_an_ip);
  if (target.tls->native().verify) {
    attempt.stream->set_verify_mode(asio::ssl::verify_peer);
    if (not_an_ip) {
      SSL_set1_host(ssl, target.server_name.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target.server_name.c_str());
    }
  }
  // SNI carries names only (RFC 6066 section 3).
  if (not_an_ip) SSL_set_tlsext_host_name(ssl, target.server_name.c_str());
  if (!target.session) target.session = std::make_shared<detail::TlsSessionSlot>();
  SSL_set_ex_data(ssl, detail::session_slot_index(), target.session.get());
  if (target.session->session) SSL_set_session(ssl, target.session->session.get());
}

Error tls_error(const Attempt& attempt) {
  std::string reason = attempt.error.message();
  const long verification = SSL_get_verify_result(attempt.stream->native_handle());
  if (verification != X509_V_OK) reason = X509_verify_cert_error_string(verification);
  ERR_clear_error();
  return {ErrorCode::UpstreamTlsFailed,
          "the TLS handshake with " + attempt.target->server_name + " failed: " + reason,
          {}};
}

Task<Result<ConnectionPtr>> attempt_one(EventLoop& loop, std::shared_ptr<DialTarget> target,
                                        std::string ip, MonotonicTime deadline) {
  auto attempt = std::make_shared<Attempt>(loop, target);
  attempt->timer.set(deadline);
  error_code bad;
  const auto address = asio::ip::make_address(ip, bad);
  const asio::ip::tcp::endpoint endpoint(address, target->address.port);
  co_await Connecting{*attempt, endpoint};
  if (attempt->timed_out) {
    co_return fail(ErrorCode::UpstreamConnectTimeout, "connecting to " + ip + " took too long");
  }
  if (attempt->error) {
    co_return fail(ErrorCode::UpstreamConnectFailed, "connecting to " + ip + " port " +
                                                         std::to_string(target->address.port) +
                                                         " failed: " + attempt->error.message());
  }
  std::unique_ptr<Transport> transport;
  if (target->tls) {
    prepare_tls(*attempt);
    co_await Handshaking{*attempt};
    if (attempt->timed_out) {
      co_return fail(ErrorCode::UpstreamConnectTimeout, "the TLS handshake took too long");
    }
    if (attempt->error) co_return std::unexpected(tls_error(*attempt));
    error_code ignored;
    attempt->stream->next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    transport = detail::make_tls_transport(std::move(attempt->stream), target);
  } else {
    transport = make_tcp_transport(std::move(attempt->socket));
  }
  co_return Connection::make(loop, std::move(transport), target->input_bytes, std::move(ip));
}

}  // namespace

Dialer::Dialer(EventLoop& loop, AddressRule allowed)
    : state_(std::make_shared<State>(loop, std::move(allowed))) {}

Dialer::~Dialer() = default;

Task<Result<ConnectionPtr>> Dialer::dial(std::shared_ptr<DialTarget> target,
                                         MonotonicTime deadline) {
  const auto state = state_;
  const auto addresses = co_await state->resolver.resolve(target->address.host, deadline);
  if (addresses.empty()) {
    co_return fail(ErrorCode::UpstreamNameUnresolved,
                   "the name '" + target->address.host + "' has no address");
  }
  Error last{ErrorCode::Forbidden,
             "the address of '" + target->address.host +
                 "' is in a network that upstreams may not be in; see UPSTREAM_ALLOW_CIDRS",
             {}};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!state->allowed(addresses[i])) continue;
    // Each address gets an even share of the time left, so that one dead address cannot use it up.
    const auto now = state->loop.now();
    const auto share = (deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
    if (share <= std::chrono::nanoseconds(0)) break;
    auto connection = co_await attempt_one(state->loop, target, addresses[i], now + share);
    if (connection) co_return connection;
    last = connection.error();
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace apiforge::net
