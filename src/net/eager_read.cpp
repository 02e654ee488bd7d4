#include "net/detail/eager_read.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace apiforge::net::detail {
namespace {

#ifndef TCP_INQ
constexpr int TCP_INQ = 36;
constexpr int TCP_CM_INQ = TCP_INQ;
#endif

// Bytes that wait behind those just read; a waiting FIN counts as one. -1 when the kernel does not
// say.
int bytes_behind(msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_level != SOL_TCP || header->cmsg_type != TCP_CM_INQ) return -1;
  int bytes = 0;
  std::memcpy(&bytes, CMSG_DATA(header), sizeof(bytes));
  return bytes;
}

}  // namespace

EagerRead::EagerRead(EagerSocket& socket)
    : reactor_op(boost::system::error_code(), &EagerRead::perform, &EagerRead::complete),
      socket_(socket),
      reactor_(asio::use_service<asio::detail::reactor>(
          asio::query(socket.get_executor(), asio::execution::context))),
      descriptor_(socket.native_handle()) {
  const int on = 1;
  ::setsockopt(descriptor_, SOL_TCP, TCP_INQ, &on, sizeof(on));
}

void EagerRead::start(std::span<char> into, TransportListener& listener) {
  into_ = into;
  listener_ = &listener;
  listener.add_reference();
  ec_ = boost::system::error_code();
  bytes_transferred_ = 0;
  reactor_.start_op(asio::detail::reactor::read_op, descriptor_, socket_.reactor_data(), this,
                    false, true);
}

asio::detail::reactor_op::status EagerRead::perform(asio::detail::reactor_op* base) {
  auto& self = *static_cast<EagerRead*>(base);
  iovec part{self.into_.data(), self.into_.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(self.descriptor_, &message, 0);
  if (got > 0) {
    self.bytes_transferred_ = static_cast<std::size_t>(got);
    return bytes_behind(message) == 0 ? done_and_exhausted : done;
  }
  if (got == 0) {
    self.ec_ = asio::error::eof;
    return done_and_exhausted;
  }
  if (errno == EAGAIN || errno == EINTR) return not_done;
  self.ec_.assign(errno, asio::error::get_system_category());
  return done;
}

void EagerRead::complete(void* owner, asio::detail::operation* base,
                         const boost::system::error_code&, std::size_t) {
  auto& self = *static_cast<EagerRead*>(base);
  TransportListener* listener = std::exchange(self.listener_, nullptr);
  // The listener may start the next read, with this very object, before it returns.
  if (owner) listener->on_read(to_status(self.ec_), self.bytes_transferred_);
  listener->drop_reference();
}

}  // namespace apiforge::net::detail
