// The Asio side of an EventLoop. Included by the .cpp files of net/ only.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "net/detail/asio.hpp"
#include "net/detail/splice_pipe.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {

struct EventLoop::Native {
  // Other threads only post, and sockets are touched by the loop's thread alone: the scheduler
  // needs its lock, the reactor does not.
  detail::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  detail::asio::basic_waitable_timer<std::chrono::steady_clock,
                                     detail::asio::wait_traits<std::chrono::steady_clock>,
                                     detail::Executor>
      tick{context.get_executor()};
  detail::SplicePipe pipe;
  bool stopping = false;
};

}  // namespace apiforge::net
