// HealthChecker: checks the endpoints of all Apis that want it, again and again, and tells the
// workers through EndpointHealth. Lives on the control thread's loop, off the way of calls; owned
// by the Server. The loop must outlive it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"
#include "net/dialer.hpp"

namespace apiforge::gateway {

/// An endpoint went down or came back. Views are valid during the call that gets it.
struct HealthChange {
  std::string_view tenant;
  std::string_view api;
  std::string_view version;
  std::string_view url;  ///< as configured
  bool up = true;
  std::string reason;  ///< why the last check failed; empty when it came back
};

class HealthChecker {
 public:
  /// Called on the control thread.
  using OnChange = std::function<void(const HealthChange&)>;

  /// `allowed` is the rule on addresses that calls are subject to as well.
  HealthChecker(net::EventLoop& control, net::Dialer::AddressRule allowed, OnChange on_change);
  ~HealthChecker();
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;

  /// From now on these endpoints are checked and no others. Those that were checked before keep
  /// their state and their next check; new ones are checked at once.
  void configure(const std::shared_ptr<const Snapshot>& snapshot);
  /// No check begins any more; those under way end within their timeout and count for nothing.
  void stop();

  /// How many endpoints are checked, and how many of them are down.
  struct Counts {
    std::size_t checked = 0;
    std::size_t down = 0;
  };
  Counts counts() const;

  /// Checks under way at the same time; the others that are due wait for their turn.
  static constexpr std::size_t kMaxAtOnce = 32;

 private:
  class Target;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace apiforge::gateway
