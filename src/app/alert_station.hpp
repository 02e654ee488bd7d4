// AlertStation: the alerts of a server at work: rules from the file and from the database, the
// numbers they look at, the events and webhooks that tell of them. Looks each second, on a thread
// of the blocking pool. Made and ended on the control thread; owned by the Server.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "admin/quota/quota_ports.hpp"
#include "app/metric_samples.hpp"
#include "app/webhooks.hpp"
#include "events/event_bus.hpp"
#include "net/blocking_pool.hpp"
#include "observe/log.hpp"
#include "quota/alert_outbox.hpp"
#include "quota/alerts.hpp"

namespace apiforge::app {

class AlertStation {
 public:
  struct Needs {
    const Settings& settings;
    const Clock& clock;
    net::EventLoop& control;
    net::BlockingPool& pool;
    storage::Store& store;
    observe::Log& log;
    observe::MetricsRegistry& metrics;
    events::EventBus& bus;
    std::string node;
    std::function<std::shared_ptr<const gateway::Snapshot>()> snapshot;
    /// All rules that are to hold: those of the file, and those of the database beside them.
    std::function<std::vector<model::AlertRule>()> rules;
  };
  explicit AlertStation(Needs needs);
  ~AlertStation();

  void start();
  void stop() { stopping_ = true; }

  /// Any thread.
  std::vector<admin::AlertReading> read() const;
  /// Of a rule of the platform. NotFound.
  Result<void> silence(std::string_view rule, std::optional<WallTime> until);
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

 private:
  net::Task<void> run();
  void look();

  Needs needs_;
  Webhooks webhooks_;
  MetricSamples samples_;
  quota::AlertEngine engine_;
  quota::AlertOutbox outbox_;
  bool stopping_ = false;  ///< control thread only
};

}  // namespace apiforge::app
