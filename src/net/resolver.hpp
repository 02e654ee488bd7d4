// Resolver: names to addresses without blocking the loop. Answers are kept for a while, and a stale
// answer is served while a fresh one is fetched. One per event loop, one thread.
#pragma once
#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/task.hpp"

namespace apiforge::net {

class EventLoop;

class Resolver {
 public:
  /// getaddrinfo tells no time to live, so names are asked again after this.
  static constexpr std::chrono::seconds kFresh{30};
  /// When the name server fails, an answer is used this long.
  static constexpr std::chrono::seconds kStale{600};
  static constexpr std::size_t kMaxNames = 4'096;

  using Answer = std::function<void(std::vector<std::string> addresses)>;
  /// Asks for the addresses of a name and calls `Answer` with them later, on the loop's thread;
  /// with none when the name has none or the name server failed.
  using Lookup = std::function<void(const std::string& host, Answer)>;

  /// Asks the operating system, on a thread beside the loop.
  explicit Resolver(EventLoop& loop);
  Resolver(EventLoop& loop, Lookup lookup);
  ~Resolver();

  /// Textual IP addresses, in the order the system prefers; empty when the name has none or the
  /// deadline passed. An IP literal is its own answer.
  Task<std::vector<std::string>> resolve(std::string host, MonotonicTime deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
