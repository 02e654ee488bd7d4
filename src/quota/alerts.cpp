#include "quota/alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/in_quotes.hpp"
#include "base/rfc3339.hpp"

namespace apiforge::quota {
namespace {

using policy::AlertChange;
using policy::AlertPhase;

/// Whether a state of the one goes on under the other.
bool looks_at_the_same(const model::AlertRule& a, const model::AlertRule& b) {
  return a.metric == b.metric && a.match == b.match && a.condition == b.condition &&
         a.threshold == b.threshold && a.over == b.over;
}

std::string number_text(double value) {
  return fmt::format("{:.6g}", value);
}

events::Event event_of(const Alert& alert, WallTime now) {
  const bool is_over = alert.phase == AlertPhase::Quiet;
  events::Event event;
  event.type = is_over ? events::EventType::AlertResolved : events::EventType::AlertFiring;
  event.at = now;
  event.tenant = events::event_tenant(alert.tenant.value);
  event.members = {{"alert", alert.rule},
                   {"group", alert.group},
                   {"metric", alert.metric},
                   {"condition", std::string(model::name_of(alert.condition))},
                   {"threshold", number_text(alert.threshold)},
                   {"value", number_text(alert.value)},
                   {"severity", std::string(model::name_of(alert.severity))},
                   {"since", format_rfc3339(alert.since)}};
  return event;
}

}  // namespace

struct AlertEngine::Group {
  explicit Group(const model::AlertRule& rule) : meter(rule) {}
  AlertMeter meter;
  policy::AlertState state;
  Alert alert;
};

struct AlertEngine::RuleState {
  model::AlertRule rule;
  std::optional<WallTime> silenced_until;
  std::map<std::string, Group> groups;
};

/// Something to tell, and whom.
struct AlertEngine::Notice {
  Alert alert;
  std::vector<model::AlertTarget> targets;
};

AlertEngine::AlertEngine(const Clock& clock, events::EventBus& bus, AlertEngineOptions options)
    : clock_(clock), bus_(bus), options_(std::move(options)) {}
AlertEngine::~AlertEngine() = default;

std::vector<AlertDelivery> AlertEngine::configure(std::vector<model::AlertRule> rules) {
  std::vector<Notice> notices;
  {
    const std::lock_guard lock(mutex_);
    std::map<Key, RuleState> former = std::exchange(rules_, {});
    for (model::AlertRule& rule : rules) {
      if (!rule.enabled) continue;
      const Key key{rule.tenant.value, rule.name};
      const auto silenced_until = rule.silenced_until;
      RuleState state{std::move(rule), silenced_until, {}};
      if (const auto known = former.find(key); known != former.end()) {
        RuleState& before = known->second;
        const bool silence_stays = before.rule.silenced_until == silenced_until;
        if (silence_stays) state.silenced_until = before.silenced_until;
        if (looks_at_the_same(before.rule, state.rule)) state.groups = std::move(before.groups);
      }
      rules_.insert_or_assign(key, std::move(state));
    }
    // What went over to the new rules is no longer in the old ones.
    for (auto& [key, state] : former) end_alerts(state, notices);
  }
  return tell(notices);
}

std::vector<AlertDelivery> AlertEngine::evaluate(const MetricSource& source) {
  const Samples samples = gather(source);
  std::vector<Notice> notices;
  {
    const std::lock_guard lock(mutex_);
    left_out_ = 0;
    for (auto& [key, state] : rules_) {
      // A rule that came meanwhile, and one whose numbers cannot be known, wait for the next time.
      const auto known = samples.find(state.rule.metric);
      if (known != samples.end()) evaluate_rule(state, known->second, notices);
    }
  }
  return tell(notices);
}

AlertEngine::Samples AlertEngine::gather(const MetricSource& source) const {
  std::set<std::string> metrics;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, state] : rules_) metrics.insert(state.rule.metric);
  }
  Samples samples;
  for (const std::string& metric : metrics) {
    if (auto known = source(metric)) samples.emplace(metric, *std::move(known));
  }
  return samples;
}

void AlertEngine::evaluate_rule(RuleState& state, std::span<const MetricSample> samples,
                                std::vector<Notice>& notices) {
  const auto readings = group_samples(state.rule, samples);
  const MonotonicTime now = clock_.now();
  for (auto at = state.groups.begin(); at != state.groups.end();) {
    Group& group = at->second;
    const bool is_gone = !readings.contains(at->first);
    if (is_gone) judge(state, group, std::nullopt, notices);
    at = is_gone ? state.groups.erase(at) : std::next(at);
  }
  for (const auto& [name, reading] : readings) {
    auto known = state.groups.find(name);
    if (known == state.groups.end()) {
      if (state.groups.size() >= options_.max_groups) {
        ++left_out_;
        continue;
      }
      known = state.groups.emplace(name, Group(state.rule)).first;
      known->second.alert.labels = reading.labels;
      known->second.alert.group = name;
    }
    Group& group = known->second;
    if (const auto value = group.meter.read(now, reading)) judge(state, group, value, notices);
  }
}

void AlertEngine::judge(RuleState& state, Group& group, std::optional<double> value,
                        std::vector<Notice>& notices) {
  const model::AlertRule& rule = state.rule;
  const WallTime wall = clock_.wall();
  Alert& alert = group.alert;
  const AlertPhase before = group.state.phase();
  const bool met = value && policy::meets(rule.condition, rule.threshold, *value);
  const bool silenced = state.silenced_until && wall < *state.silenced_until;
  const AlertChange change =
      group.state.update(clock_.now(), met, silenced, {rule.hold, rule.repeat});

  alert.tenant = rule.tenant;
  alert.rule = rule.name;
  alert.metric = rule.metric;
  alert.condition = rule.condition;
  alert.threshold = rule.threshold;
  alert.severity = rule.severity;
  if (met) alert.value = *value;
  alert.silenced = silenced;
  alert.phase = group.state.phase();
  alert.resolved_at.reset();
  if (before == AlertPhase::Quiet && met) {
    alert.id = make_alert_id(wall);
    alert.since = wall;
    alert.told_at.reset();
  }
  if (change == AlertChange::Fires || change == AlertChange::Repeats) alert.told_at = wall;
  if (before == AlertPhase::Firing && alert.phase == AlertPhase::Quiet) {
    alert.resolved_at = wall;
    remember(alert);
  }
  if (change == AlertChange::None) return;
  notices.push_back({alert, rule.targets});
  notices.back().alert.value = value.value_or(alert.value);  // what it has come down to
}

void AlertEngine::end_alerts(RuleState& state, std::vector<Notice>& notices) {
  for (auto& [name, group] : state.groups) judge(state, group, std::nullopt, notices);
}

void AlertEngine::remember(Alert alert) {
  resolved_.push_front(std::move(alert));
  if (resolved_.size() > options_.max_resolved) resolved_.pop_back();
}

std::vector<AlertDelivery> AlertEngine::tell(const std::vector<Notice>& notices) {
  const WallTime now = clock_.wall();
  std::vector<AlertDelivery> deliveries;
  for (const Notice& notice : notices) {
    const events::Event event = event_of(notice.alert, now);
    for (const model::AlertTarget& target : notice.targets) {
      if (target.webhook.empty()) continue;
      AlertDelivery delivery{.id = make_alert_id(now),
                             .tenant = notice.alert.tenant.value,
                             .rule = notice.alert.rule,
                             .url = target.webhook,
                             .type = std::string(name_of(event.type))};
      delivery.body = to_json(event, delivery.id, options_.node);
      delivery.signature = sign_webhook(target.secret, now, delivery.body);
      deliveries.push_back(std::move(delivery));
    }
    if (std::ranges::any_of(notice.targets, &model::AlertTarget::zmq)) bus_.publish(event);
  }
  return deliveries;
}

bool AlertEngine::has_rule(const model::TenantId& tenant, std::string_view rule) const {
  const std::lock_guard lock(mutex_);
  return rules_.contains({tenant.value, std::string(rule)});
}

Result<void> AlertEngine::silence(const model::TenantId& tenant, std::string_view rule,
                                  std::optional<WallTime> until) {
  const std::lock_guard lock(mutex_);
  const auto known = rules_.find({tenant.value, std::string(rule)});
  if (known == rules_.end()) {
    return fail(ErrorCode::NotFound, "there is no enabled alert rule " + in_quotes(rule));
  }
  known->second.silenced_until = until;
  return {};
}

std::vector<Alert> AlertEngine::alerts(std::string_view tenant) const {
  const auto is_wanted = [&](const Alert& alert) {
    return tenant.empty() || alert.tenant.value == tenant;
  };
  std::vector<Alert> alerts;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, state] : rules_) {
    for (const auto& [name, group] : state.groups) {
      const bool is_active = group.alert.phase != AlertPhase::Quiet;
      if (is_active && is_wanted(group.alert)) alerts.push_back(group.alert);
    }
  }
  std::ranges::stable_sort(alerts, std::greater(), &Alert::since);
  std::ranges::copy_if(resolved_, std::back_inserter(alerts), is_wanted);
  return alerts;
}

std::optional<Secret> AlertEngine::secret_of(std::string_view tenant, std::string_view rule,
                                             std::string_view url) const {
  const std::lock_guard lock(mutex_);
  const auto known = rules_.find({std::string(tenant), std::string(rule)});
  if (known == rules_.end()) return std::nullopt;
  for (const model::AlertTarget& target : known->second.rule.targets) {
    if (target.webhook == url && !target.secret.empty()) return target.secret;
  }
  return std::nullopt;
}

std::size_t AlertEngine::groups_left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

}  // namespace apiforge::quota
