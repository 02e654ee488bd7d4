// The Asio side of an EventLoop. Included by the .cpp files of net/ only.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "net/detail/asio.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {

struct EventLoop::Native {
  // One thread runs the loop; other threads only post, so the hint 1 drops no needed lock.
  detail::asio::io_context context{1};
  detail::asio::basic_waitable_timer<std::chrono::steady_clock,
                                     detail::asio::wait_traits<std::chrono::steady_clock>,
                                     detail::Executor>
      tick{context.get_executor()};
  bool stopping = false;
};

}  // namespace apiforge::net
