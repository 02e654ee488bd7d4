#include "support/stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace apiforge::testing_support {
namespace {

void set_option(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof(value));
}

}  // namespace

Stream::Stream(int socket) : socket_(socket) {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
}

Stream::~Stream() {
  close();
}

std::unique_ptr<Stream> Stream::connect(std::uint16_t port, int receive_buffer) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) set_option(socket, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto stream = std::make_unique<Stream>(socket);
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket, where, sizeof(address)) != 0 && errno != EINPROGRESS) stream->close();
  if (stream->socket_ >= 0 && !stream->wait(POLLOUT, TestClock::now() + kPatience)) stream->close();
  return stream;
}

bool Stream::wait(short events, TestClock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - TestClock::now()).count();
  pollfd entry{socket_, events, 0};
  const int ready = ::poll(&entry, 1, left > 0 ? static_cast<int>(left) : 0);
  if (ready == 0) end_ = End::TimedOut;
  return ready > 0;
}

// --------------------------------------------------------------------------------------------- TLS

namespace {

// Runs a handshake step until it is done, failed or late.
template <class Step>
bool complete(SSL* ssl, Step step, auto wait) {
  // OpenSSL writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  while (true) {
    const int outcome = step();
    if (outcome == 1) return true;
    const int why = SSL_get_error(ssl, outcome);
    ERR_clear_error();
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
    if (!wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return false;
  }
}

}  // namespace

bool Stream::begin_tls_server(SSL_CTX* context) {
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, socket_);
  const auto deadline = TestClock::now() + kPatience;
  return complete(
      ssl_, [this] { return SSL_accept(ssl_); },
      [&](int events) { return wait(static_cast<short>(events), deadline); });
}

bool Stream::begin_tls_client(SSL_CTX* context, const std::string& server_name) {
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, socket_);
  SSL_set_tlsext_host_name(ssl_, server_name.c_str());
  SSL_set1_host(ssl_, server_name.c_str());
  const auto deadline = TestClock::now() + kPatience;
  return complete(
      ssl_, [this] { return SSL_connect(ssl_); },
      [&](int events) { return wait(static_cast<short>(events), deadline); });
}

// ------------------------------------------------------------------------------------------- bytes

bool Stream::send(std::string_view bytes, milliseconds patience) {
  const auto deadline = TestClock::now() + patience;
  while (!bytes.empty()) {
    if (socket_ < 0) return false;
    const auto sent = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const bool full = ssl_ ? SSL_get_error(ssl_, static_cast<int>(sent)) == SSL_ERROR_WANT_WRITE
                           : errno == EAGAIN;
    if (!full) end_ = End::Reset;
    if (!full || !wait(POLLOUT, deadline)) return false;
  }
  return true;
}

bool Stream::receive(std::string& buffer, milliseconds patience) {
  const auto deadline = TestClock::now() + patience;
  std::array<char, 16 * 1024> chunk;
  while (socket_ >= 0) {
    const auto got = ssl_ ? SSL_read(ssl_, chunk.data(), chunk.size())
                          : ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (got > 0) {
      buffer.append(chunk.data(), static_cast<std::size_t>(got));
      return true;
    }
    const int why = ssl_ ? SSL_get_error(ssl_, static_cast<int>(got)) : 0;
    const bool empty = ssl_ ? why == SSL_ERROR_WANT_READ : got < 0 && errno == EAGAIN;
    if (!empty) {
      const bool in_order = ssl_ ? why == SSL_ERROR_ZERO_RETURN : got == 0;
      end_ = in_order ? End::Closed : End::Reset;
      ERR_clear_error();
      return false;
    }
    if (!wait(POLLIN, deadline)) return false;
  }
  end_ = End::Closed;
  return false;
}

bool Stream::closed_within(milliseconds patience) {
  const auto deadline = TestClock::now() + patience;
  std::string dropped;
  while (receive(dropped, std::chrono::ceil<milliseconds>(deadline - TestClock::now()))) {
    dropped.clear();
  }
  return end_ != End::TimedOut;
}

// ------------------------------------------------------------------------------------------ ending

void Stream::shutdown_send() {
  if (ssl_) SSL_shutdown(ssl_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_WR);
}

void Stream::close() {
  if (ssl_) SSL_free(ssl_);
  ssl_ = nullptr;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Stream::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void Stream::interrupt() {
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace apiforge::testing_support
