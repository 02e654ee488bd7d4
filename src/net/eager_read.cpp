#include "net/detail/eager_read.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/detail/end_watch.hpp"

namespace apiforge::net::detail {

EagerRead::EagerRead(EagerSocket& socket)
    : reactor_op(boost::system::error_code(), &EagerRead::perform, &EagerRead::complete),
      socket_(socket),
      reactor_(asio::use_service<asio::detail::reactor>(
          asio::query(socket.get_executor(), asio::execution::context))),
      descriptor_(socket.native_handle()),
      hears_of_ends_(
          asio::use_service<EndWatch>(asio::query(socket.get_executor(), asio::execution::context))
              .add(descriptor_, *this)) {}

void EagerRead::start(std::span<char> into, TransportListener& listener) {
  into_ = into;
  listener_ = &listener;
  listener.add_reference();
  ec_ = boost::system::error_code();
  bytes_transferred_ = 0;
  if (peer_ended_ && socket_.is_open()) {
    read_without_waiting();
    return reactor_.post_immediate_completion(this, false);
  }
  reactor_.start_op(asio::detail::reactor::read_op, descriptor_, socket_.reactor_data(), this,
                    false, true);
}

void EagerRead::peer_has_ended() {
  peer_ended_ = true;
  if (listener_ == nullptr) return;
  // It may wait for an event that has been: `complete` finds out.
  reactor_.cancel_ops_by_key(descriptor_, socket_.reactor_data(), asio::detail::reactor::read_op,
                             cancellation_key_);
}

asio::detail::reactor_op::status EagerRead::perform(asio::detail::reactor_op* base) {
  return static_cast<EagerRead*>(base)->read_now();
}

asio::detail::reactor_op::status EagerRead::read_now() {
  const ssize_t got = ::recv(descriptor_, into_.data(), into_.size(), 0);
  if (got > 0) {
    bytes_transferred_ = static_cast<std::size_t>(got);
    const bool took_all = bytes_transferred_ < into_.size();
    return took_all && hears_of_ends_ ? done_and_exhausted : done;
  }
  if (got == 0) {
    ec_ = asio::error::eof;
    return done_and_exhausted;
  }
  if (errno == EAGAIN || errno == EINTR) return not_done;
  ec_.assign(errno, asio::error::get_system_category());
  return done;
}

void EagerRead::read_without_waiting() {
  if (read_now() == not_done) ec_ = asio::error::eof;
}

/// By `peer_has_ended`, and not by a close.
bool EagerRead::was_woken() const {
  return peer_ended_ && ec_ == asio::error::operation_aborted && socket_.is_open();
}

void EagerRead::complete(void* owner, asio::detail::operation* base,
                         const boost::system::error_code&, std::size_t) {
  auto& self = *static_cast<EagerRead*>(base);
  if (owner && self.was_woken()) {
    self.ec_ = boost::system::error_code();
    self.read_without_waiting();
  }
  TransportListener* listener = std::exchange(self.listener_, nullptr);
  // The listener may start the next read, with this very object, before it returns.
  if (owner) listener->on_read(to_status(self.ec_), self.bytes_transferred_);
  listener->drop_reference();
}

}  // namespace apiforge::net::detail
