// What the socket tests of net/ are written with: an event loop on simulated time that is polled by
// hand, a listener on a free port, and plain sockets of the kernel as the other side. Tests only.
#pragma once
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/event_loop.hpp"
#include "net/listener.hpp"

namespace apiforge::net {

/// The other side of a connection: a socket of the kernel and nothing else.
class RawSocket {
 public:
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
  RawSocket(RawSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        received_(std::move(other.received_)),
        ended_(other.ended_),
        reset_(other.reset_) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { close(); }

  static RawSocket connected_to(std::uint16_t port, int receive_buffer = 0) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return RawSocket(descriptor);
  }

  /// Sends what the kernel takes at once, and returns how much that was.
  std::size_t send(std::string_view bytes) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  /// All that has come so far.
  const std::string& received() {
    std::vector<char> buffer(64 * 1024);
    while (!ended_ && descriptor_ >= 0) {
      const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) {
        received_.append(buffer.data(), static_cast<std::size_t>(got));
        continue;
      }
      reset_ = got < 0 && errno != EAGAIN;
      ended_ = got == 0 || reset_;
      if (!ended_) break;
    }
    return received_;
  }
  bool ended() { return received(), ended_; }
  bool was_reset() { return received(), reset_; }
  void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }

 private:
  int descriptor_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

/// A server that does nothing by itself: tests accept, read and write by hand.
class RawServer {
 public:
  RawServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(descriptor_, 64), 0);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() { ::close(descriptor_); }

  std::uint16_t port() const { return bound_port(descriptor_); }
  /// The next connection in the kernel's queue; null when there is none.
  std::unique_ptr<RawSocket> accept() {
    const int peer = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    return peer < 0 ? nullptr : std::make_unique<RawSocket>(peer);
  }

 private:
  int descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
};

class LoopbackTest : public testing::Test {
 protected:
  // Coroutines end while what they refer to is still there.
  void TearDown() override { loop.run_out(); }

  /// Polls the loop until `condition` holds; fails the test when it never does.
  template <class Condition>
  [[nodiscard]] bool becomes(Condition condition) {
    constexpr int kPatience = 200'000;
    for (int i = 0; i < kPatience; ++i) {
      loop.poll();
      if (condition()) return true;
      std::this_thread::yield();
    }
    return false;
  }
  /// Lets what is under way happen, for tests that something does not happen.
  void settle() {
    for (int i = 0; i < 200; ++i) {
      loop.poll();
      std::this_thread::yield();
    }
  }
  void pass(std::chrono::nanoseconds time) {
    clock.advance(time);
    loop.timers().advance(loop.now());
    settle();
  }
  MonotonicTime in(std::chrono::nanoseconds time) { return loop.now() + time; }

  SimulatedClock clock;
  EventLoop loop{clock, 1};
};

}  // namespace apiforge::net
