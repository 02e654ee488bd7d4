// EndWatch: hears when the peers of a loop's sockets end their side, apart from the data.
//
// Asio's reactor is told once that a socket can be read. When a FIN comes together with data, a
// reader that stops after the data would not hear of it. So each socket is also in a second epoll
// set, which is told of ends alone: calls pay nothing for it. One for each io_context. Private to
// net/. See docs/adr/0020.
#pragma once
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "net/detail/asio.hpp"

namespace apiforge::net::detail {

class EagerRead;

class EndWatch final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  /// Throws boost::system::system_error when there is no descriptor left, so each loop makes it
  /// with itself.
  explicit EndWatch(asio::io_context& context);

  /// Tells `read` at the end of this socket, also when it has come already. Until it is closed.
  /// False when the kernel has no room for it: then nothing is told.
  bool add(int descriptor, EagerRead& read);

 private:
  void shutdown() noexcept override;
  void wait();
  void tell_reads();

  asio::posix::basic_stream_descriptor<Executor> ends_;
};

}  // namespace apiforge::net::detail
