// What the control plane and other programs ask of limits, breakers and alerts of a Server.
#include <algorithm>
#include <map>

#include "app/limit_inquiry.hpp"
#include "app/server.hpp"
#include "quota/calendar.hpp"
#include "quota/limit_counts.hpp"

namespace apiforge::app {
namespace {

/// Counters of a quota that are shown.
constexpr std::uint32_t kTopSubjects = 10;

events::Event event_of(const quota::BreakerView& view, const policy::BreakerChange& change,
                       WallTime now) {
  const bool of_platform = view.tenant.value == model::kPlatformTenant;
  return {.type = events::EventType::BreakerChanged,
          .at = now,
          .tenant = of_platform ? std::string() : view.tenant.value,
          .members = {{"api", view.api},
                      {"version", view.version},
                      {"endpoint", view.endpoint},
                      {"from", std::string(policy::name_of(change.from))},
                      {"to", std::string(policy::name_of(change.to))}}};
}

/// Of a quota whose use is written down; what the database cannot tell now is left out.
std::vector<admin::SubjectUse> top_of(storage::Store& store, const quota::CompiledLimit& limit,
                                      WallTime now) {
  std::vector<admin::SubjectUse> top;
  const model::Limit& bound = limit.config->limit;
  if (!bound.period && bound.unit != model::LimitUnit::Usd) return top;
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return top;
  const auto used =
      (*transaction)->list_usage(limit.id, quota::counting_period(bound, now).start, kTopSubjects);
  if (!used) return top;
  for (const storage::Usage& usage : *used) top.push_back({usage.key.subject, usage.used});
  return top;
}

bool is_meant(const quota::BreakerView& view, const events::Command& command) {
  return view.api == command.api && (command.version.empty() || view.version == command.version);
}

policy::Breaker::Order order_of(events::CommandType type) {
  if (type == events::CommandType::OpenBreaker) return policy::Breaker::Order::Open;
  if (type == events::CommandType::CloseBreaker) return policy::Breaker::Order::Close;
  return policy::Breaker::Order::Reset;
}

}  // namespace

admin::QuotaPorts Server::quota_ports() {
  return {.breakers = [this] { return gateway::breaker_views(*snapshots_->current()); },
          .breaker_changed =
              [this](const auto& view, const auto& change) {
                outlets_->bus().publish(event_of(view, change, clock_.wall()));
              },
          .limits = [this] { return read_limits(); },
          .check_limit =
              [this](const auto& question) { return ask_limiter(*workers_.front(), question); },
          .alerts = [this] { return alerts_->read(); },
          .silence = [this](auto rule, auto until) { return alerts_->silence(rule, until); },
          .health = [this] { return quota_health(); }};
}

admin::LimitsReading Server::read_limits() const {
  admin::LimitsReading reading;
  const auto snapshot = snapshots_->current();
  const WallTime now = clock_.wall();
  for (const quota::LimitReading& limit : quota::read_limits(*snapshot->limits)) {
    const model::Quota& quota = *limit.limit->config;
    reading.limits.push_back({.tenant = quota.tenant,
                              .name = quota.name,
                              .limit = quota.limit,
                              .admitted = limit.admitted,
                              .refused = limit.refused,
                              .queued = limit.queued,
                              .degraded = limit.degraded,
                              .top = top_of(control_plane_->store(), *limit.limit, now)});
  }
  add_sheds(*snapshot, reading.sheds);
  return reading;
}

void Server::add_sheds(const gateway::Snapshot& snapshot,
                       std::vector<admin::ShedReading>& sheds) const {
  std::map<std::pair<std::string_view, std::string_view>, model::TenantId> tenants;
  for (const auto& api : snapshot.apis) {
    tenants[{api->config.name, api->config.version}] = api->config.tenant;
  }
  for (const observe::ApiReading& api : metrics_.read_calls().apis) {
    const auto tenant = tenants.find({api.name, api.version});
    if (tenant == tenants.end()) continue;
    for (std::size_t i = 0; i < api.shed.size(); ++i) {
      if (api.shed[i] == 0) continue;
      sheds.push_back({.tenant = tenant->second,
                       .api = api.name,
                       .version = api.version,
                       .priority = static_cast<model::PriorityClass>(i),
                       .calls = api.shed[i]});
    }
  }
}

observe::HealthReport Server::quota_health() const {
  observe::HealthReport report = health_of_process();
  report.components.push_back(control_plane_->database_health());
  report.components.push_back(quota_plane_->health());
  report.components.push_back(quota_plane_->counters_health());
  report.components.push_back(outlets_->health());
  return report;
}

std::vector<model::AlertRule> Server::alert_rules() const {
  std::vector<model::AlertRule> rules = snapshots_->declared()->alert_rules;
  const std::size_t declared = rules.size();
  for (const auto& stored : control_plane_->stored()->alert_rules) {
    const auto end = rules.begin() + static_cast<std::ptrdiff_t>(declared);
    const bool is_declared = std::any_of(rules.begin(), end, [&](const model::AlertRule& rule) {
      return rule.tenant == stored->tenant && rule.name == stored->name;
    });
    if (!is_declared) rules.push_back(*stored);
  }
  return rules;
}

Result<void> Server::obey(const events::Command& command) {
  switch (command.type) {
    case events::CommandType::Ping:
      return {};
    case events::CommandType::Reload:
      control_.post([this] { reload(); });
      return {};
    case events::CommandType::SilenceAlerts:
      return alerts_->silence(command.rule, command.until);
    default:
      return move_breakers(command);
  }
}

Result<void> Server::move_breakers(const events::Command& command) {
  bool found = false;
  for (const auto& view : gateway::breaker_views(*snapshots_->current())) {
    if (!is_meant(view, command)) continue;
    found = true;
    const auto change = view.breaker->order(order_of(command.type), clock_.now());
    if (change) outlets_->bus().publish(event_of(view, *change, clock_.wall()));
  }
  if (!found) return fail(ErrorCode::NotFound, "no such API has circuit breakers");
  log_->info("circuit breakers were moved",
             {{"api", command.api}, {"command", std::string(events::name_of(command.type))}});
  return {};
}

}  // namespace apiforge::app
