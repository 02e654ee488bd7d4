// AlertStation: the alerts of a server at work: rules from the file and from the database, the
// numbers they look at, the events and webhooks that tell of them. Looks each second, on a thread
// of the blocking pool. Made and ended on the control thread; owned by the Server.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "app/metric_samples.hpp"
#include "app/webhooks.hpp"
#include "catalogue/feed.hpp"
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
    // Whose rules hold: those of the file, and those of the database that it does not have.
    std::function<std::shared_ptr<const model::Configuration>()> declared;
    std::function<std::shared_ptr<const catalogue::StoredCatalogue>()> stored;
  };
  explicit AlertStation(Needs needs);
  ~AlertStation();

  void start();
  void stop() { stopping_ = true; }

  /// Any thread.
  std::vector<quota::Alert> read() const { return engine_.alerts(); }
  /// Whether the platform has a rule of that name that is enabled.
  bool has_rule(std::string_view rule) const;
  /// Of such a rule. NotFound.
  Result<void> silence(std::string_view rule, std::optional<WallTime> until);
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

 private:
  net::Task<void> run();
  void look();
  /// What is to be told of rules that went; nothing is done while the rules are the same.
  std::vector<quota::AlertDelivery> take_new_rules();

  Needs needs_;
  Webhooks webhooks_;
  MetricSamples samples_;
  quota::AlertEngine engine_;
  quota::AlertOutbox outbox_;
  // Where the rules of the engine come from; of the look that is under way. Weak: what thousands of
  // APIs were declared with is not kept for a second longer.
  std::weak_ptr<const model::Configuration> declared_;
  std::weak_ptr<const catalogue::StoredCatalogue> stored_;
  bool stopping_ = false;  ///< control thread only
};

}  // namespace apiforge::app
