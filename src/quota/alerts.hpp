// AlertEngine: the alert rules of a node at work. On a tick it looks at the numbers that the rules
// name, and tells through the event bus and with deliveries for webhooks what began, lasts and
// ended. Any thread; a lock inside is held for the evaluation, never while numbers are gathered or
// something is told. Owned by the application. Its state is of this process: what still fires after
// a restart is told again.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "events/event_bus.hpp"
#include "quota/alert.hpp"
#include "quota/alert_delivery.hpp"
#include "quota/alert_meter.hpp"

namespace apiforge::quota {

struct AlertEngineOptions {
  std::string node{};              ///< who tells
  std::size_t max_groups = 1'000;  ///< of one rule; further ones are not looked at
  std::size_t max_resolved = 200;  ///< alerts that are shown after their end, the newest
};

class AlertEngine {
 public:
  /// `bus` and `clock` must outlive it.
  AlertEngine(const Clock& clock, events::EventBus& bus, AlertEngineOptions options);
  ~AlertEngine();
  AlertEngine(const AlertEngine&) = delete;
  AlertEngine& operator=(const AlertEngine&) = delete;

  /// From now on these rules hold. Of a rule that looks at the same as before the state stays.
  /// Returns what is to be told: the end of alerts whose rule went.
  [[nodiscard]] std::vector<AlertDelivery> configure(std::vector<model::AlertRule> rules);

  /// Looks at the numbers; to be called every second or so, by one thread at a time. Returns what
  /// webhooks are to be told, for AlertOutbox::add.
  [[nodiscard]] std::vector<AlertDelivery> evaluate(const MetricSource& source);

  /// Whether there is such a rule, and it is enabled.
  bool has_rule(const model::TenantId& tenant, std::string_view rule) const;
  /// Nothing is told of the rule until then; nullopt ends a silence. Holds until the rule's own
  /// `silenced_until` is changed. NotFound when there is no such rule that is enabled.
  Result<void> silence(const model::TenantId& tenant, std::string_view rule,
                       std::optional<WallTime> until);

  /// What is pending or fires, the newest first, and then what ended lately. Of one tenant's rules,
  /// or of all when `tenant` is empty.
  std::vector<Alert> alerts(std::string_view tenant = {}) const;

  /// What signs deliveries to that target now; nullopt when the rule or the target is gone, or has
  /// no secret.
  std::optional<Secret> secret_of(std::string_view tenant, std::string_view rule,
                                  std::string_view url) const;

  /// How many groups could not be followed at the last evaluation.
  std::size_t groups_left_out() const;

 private:
  struct Group;
  struct RuleState;
  struct Notice;
  using Key = std::pair<std::string, std::string>;  ///< tenant and name
  using Samples = std::map<std::string, std::vector<MetricSample>, std::less<>>;

  Samples gather(const MetricSource& source) const;
  void evaluate_rule(RuleState& state, std::span<const MetricSample> samples,
                     std::vector<Notice>& notices);
  void judge(RuleState& state, Group& group, std::optional<double> value,
             std::vector<Notice>& notices);
  /// Ends what was told of a rule that goes.
  void end_alerts(RuleState& state, std::vector<Notice>& notices);
  void remember(Alert alert);
  std::vector<AlertDelivery> tell(const std::vector<Notice>& notices);

  const Clock& clock_;
  events::EventBus& bus_;
  const AlertEngineOptions options_;
  mutable std::mutex mutex_;  ///< guards all below
  std::map<Key, RuleState> rules_;
  std::deque<Alert> resolved_;  ///< the newest first
  std::size_t left_out_ = 0;
};

}  // namespace apiforge::quota
