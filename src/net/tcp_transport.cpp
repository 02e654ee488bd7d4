#include "net/detail/tcp_transport.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/detail/eager_read.hpp"
#include "net/detail/held.hpp"

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

  // Direct calls: the same that Asio would make, without building its buffer sequence. What is
  // small is put together first, because copying a few hundred bytes costs less than a gather list
  // does.
  std::size_t write_now(std::span<const std::string_view> pieces, bool& broken) override {
    constexpr std::size_t kSmall = 4'096;
    std::size_t total = 0;
    for (const std::string_view piece : pieces) total += piece.size();
    if (total > kSmall) return write_gathered(pieces, broken);
    std::array<char, kSmall> together;
    char* end = together.data();
    for (const std::string_view piece : pieces) {
      std::memcpy(end, piece.data(), piece.size());
      end += piece.size();
    }
    return written(::send(socket_.native_handle(), together.data(), total, MSG_NOSIGNAL), broken);
  }

  std::size_t write_gathered(std::span<const std::string_view> pieces, bool& broken) {
    std::array<iovec, kMaxGather> parts;
    const std::size_t most = std::min(pieces.size(), parts.size());
    std::size_t count = 0;
    for (std::size_t left = kWriteTurn; count < most && left > 0; ++count) {
      const std::string_view piece = pieces[count].substr(0, left);
      parts[count] = {const_cast<char*>(piece.data()), piece.size()};
      left -= piece.size();
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    return written(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL), broken);
  }

  static std::size_t written(ssize_t bytes, bool& broken) {
    if (bytes >= 0) return static_cast<std::size_t>(bytes);
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

  int plain_socket() const override {
    return const_cast<detail::EagerSocket&>(socket_).native_handle();
  }
  bool has_pending_input() override { return socket_has_pending_input(socket_); }
  std::uint64_t bytes_acknowledged() const override {
    return socket_bytes_acknowledged(plain_socket());
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
