#include "net/detail/end_watch.hpp"

#include <sys/epoll.h>

#include <array>

#include "net/detail/eager_read.hpp"

namespace apiforge::net::detail {

EndWatch::EndWatch(asio::io_context& context)
    : service(context), ends_(context.get_executor(), ::epoll_create1(EPOLL_CLOEXEC)) {
  wait();
}

bool EndWatch::add(int descriptor, EagerRead& read) {
  epoll_event ends{.events = EPOLLRDHUP | EPOLLET, .data = {.ptr = &read}};
  return ::epoll_ctl(ends_.native_handle(), EPOLL_CTL_ADD, descriptor, &ends) == 0;
}

void EndWatch::wait() {
  ends_.async_wait(ends_.wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    tell_reads();
    wait();
  });
}

// Nothing that is told here runs anybody else's code, so no read goes away meanwhile.
void EndWatch::tell_reads() {
  constexpr int kAtOnce = 64;
  std::array<epoll_event, kAtOnce> events;
  int count = kAtOnce;
  while (count == kAtOnce) {
    count = ::epoll_wait(ends_.native_handle(), events.data(), kAtOnce, 0);
    for (int i = 0; i < count; ++i) {
      static_cast<EagerRead*>(events[static_cast<std::size_t>(i)].data.ptr)->peer_has_ended();
    }
  }
}

void EndWatch::shutdown() noexcept {
  boost::system::error_code ignored;
  ends_.close(ignored);
}

}  // namespace apiforge::net::detail
