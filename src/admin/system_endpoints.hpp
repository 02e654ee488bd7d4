// What the process tells of itself: GET /health, /health/live, /health/ready and /metrics. Runs on
// the control thread, so that a scrape delays no call.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/head.hpp"
#include "observe/health.hpp"
#include "observe/metrics_registry.hpp"

namespace apiforge::admin {

struct SystemReply {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  ///< set when the method is not one of these
};

class SystemEndpoints {
 public:
  /// `health` describes all parts; `ready` tells whether new calls are wanted.
  SystemEndpoints(observe::MetricsRegistry& metrics, std::function<observe::HealthReport()> health,
                  std::function<bool()> ready);

  /// Any thread: whether a canonical path is answered here.
  static bool owns(std::string_view path);
  SystemReply answer(net::Method method, std::string_view path) const;

 private:
  SystemReply health() const;
  SystemReply state(bool good, std::string_view word) const;

  observe::MetricsRegistry& metrics_;
  std::function<observe::HealthReport()> health_;
  std::function<bool()> ready_;
};

}  // namespace apiforge::admin
