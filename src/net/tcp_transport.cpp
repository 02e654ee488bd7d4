#include "net/detail/tcp_transport.hpp"

#include "net/detail/eager_read.hpp"
#include "net/detail/held.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace apiforge::net {
namespace {

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(detail::TcpSocket socket) : socket_(std::move(socket)), read_(socket_) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(detail::asio::ip::tcp::no_delay(true), ignored);
  }

  void start_read(std::span<char> into, TransportListener& listener) override {
    read_.start(into, listener);
  }

  // A direct sendmsg: the same call that Asio would make, without building its buffer sequence.
  std::size_t write_now(std::span<const std::string_view> pieces, bool& broken) override {
    std::array<iovec, kMaxGather> parts;
    const std::size_t count = std::min(pieces.size(), parts.size());
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t written = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (written >= 0) return static_cast<std::size_t>(written);
    broken = errno != EAGAIN && errno != EINTR;
    return 0;
  }

  void start_write(std::string_view piece, TransportListener& listener) override {
    socket_.async_write_some(
        detail::asio::buffer(piece.data(), piece.size()),
        [held = detail::Held(listener)](const boost::system::error_code& error, std::size_t bytes) {
          held->on_write(detail::to_status(error), bytes);
        });
  }

  bool has_pending_input() override { return socket_has_pending_input(socket_); }
  std::uint64_t bytes_acknowledged() const override {
    return socket_bytes_acknowledged(const_cast<detail::EagerSocket&>(socket_).native_handle());
  }

  void shutdown_send() override {
    boost::system::error_code ignored;
    socket_.shutdown(detail::asio::socket_base::shutdown_send, ignored);
  }

  void close(bool reset) override { close_socket(socket_, reset); }

 private:
  detail::EagerSocket socket_;
  detail::EagerRead read_;
};

}  // namespace

std::unique_ptr<Transport> make_tcp_transport(detail::TcpSocket socket) {
  return std::make_unique<TcpTransport>(std::move(socket));
}

bool socket_has_pending_input(detail::TcpSocket& socket) {
  char byte;
  const ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

void close_socket(detail::TcpSocket& socket, bool reset) {
  boost::system::error_code ignored;
  if (reset) socket.set_option(detail::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace apiforge::net
