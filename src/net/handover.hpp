// Handover: a new process takes the listening sockets of the old one, so that during an upgrade no
// connection that the kernel has queued is lost. Over a Unix socket in the data folder
// (SCM_RIGHTS).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.hpp"

namespace apiforge::net {

inline constexpr std::size_t kMaxHandoverSockets = 128;

/// Where processes that serve `port` from one data folder meet.
std::string handover_path(const std::string& data_dir, std::uint16_t port);

/// Duplicates of the listening sockets of the process that serves at `path`; empty when there is
/// none or it does not answer within a second. Only a process of the same user is believed.
std::vector<int> take_over(const std::string& path);

/// Offers sockets to the next process. Control thread only.
class HandoverServer {
 public:
  /// Null when the path cannot be used: then an upgrade works as without it. The descriptors stay
  /// the caller's and must outlive the server. A socket file left by a process that died is
  /// replaced.
  static std::unique_ptr<HandoverServer> start(EventLoop& loop, const std::string& path,
                                               std::vector<int> sockets);
  ~HandoverServer();

 private:
  struct State;
  explicit HandoverServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::net
