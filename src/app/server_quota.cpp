// What the control plane and other programs ask of limits, breakers and alerts of a Server.
#include <map>

#include "app/limit_inquiry.hpp"
#include "app/server.hpp"
#include "auth/audit/audit_details.hpp"
#include "base/in_quotes.hpp"
#include "base/rfc3339.hpp"
#include "quota/calendar.hpp"
#include "quota/limit_counts.hpp"

namespace apiforge::app {
namespace {

/// Counters of a quota that are shown.
constexpr std::uint32_t kTopSubjects = 10;

events::Event event_of(const quota::BreakerView& view, const policy::BreakerChange& change,
                       WallTime now) {
  return {.type = events::EventType::BreakerChanged,
          .at = now,
          .tenant = events::event_tenant(view.tenant.value),
          .members = {{"api", view.api},
                      {"version", view.version},
                      {"endpoint", view.endpoint},
                      {"from", std::string(policy::name_of(change.from))},
                      {"to", std::string(policy::name_of(change.to))}}};
}

/// Of a quota whose use is written down; what the database cannot tell now is left out.
std::vector<admin::SubjectUse> top_of(storage::Transaction* transaction,
                                      const quota::CompiledLimit& limit, WallTime now) {
  std::vector<admin::SubjectUse> top;
  const model::Limit& bound = limit.config->limit;
  if (transaction == nullptr || !bound.period) return top;
  const auto used =
      transaction->list_usage(limit.id, quota::period_start(now, *bound.period), kTopSubjects);
  if (!used) return top;
  for (const storage::Usage& usage : *used) top.push_back({usage.key.subject, usage.used});
  return top;
}

bool is_meant(const quota::BreakerView& view, const events::Command& command) {
  return view.api == command.api && (command.version.empty() || view.version == command.version);
}

/// A command as the audit log tells of it, with the names that the control API gives the same.
auth::accounts::Deed deed_of(const events::Command& command) {
  auth::accounts::Deed deed;
  auth::AuditDetails details;
  if (command.type == events::CommandType::Reload) {
    deed.action = "configuration.reload";
    deed.target = "configuration";
  } else if (command.type == events::CommandType::SilenceAlerts) {
    deed.action = "alert_rule.silence";
    deed.target = "alert_rule:" + command.rule;
    details.fact("until", command.until ? format_rfc3339(*command.until) : std::string());
  } else {
    deed.action = "circuit_" + std::string(events::name_of(command.type));
    deed.target = "api:" + command.api;
    if (!command.version.empty()) details.fact("version", command.version);
  }
  deed.details = details.text();
  return deed;
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
          .limits = [this](const auto& query) { return read_limits(query); },
          .check_limit =
              [this](const auto& question) { return ask_limiter(*workers_.front(), question); },
          .alerts = [this] { return alerts_->read(); },
          .silence = [this](auto rule, auto until) { return alerts_->silence(rule, until); },
          .health = [this] { return quota_health(); }};
}

admin::LimitsReading Server::read_limits(const admin::LimitsQuery& query) {
  admin::LimitsReading reading;
  const auto snapshot = snapshots_->current();
  const WallTime now = clock_.wall();
  const auto is_meant = [&query](const model::TenantId& tenant) {
    return query.tenant.empty() || tenant.value == query.tenant;
  };
  const auto transaction =
      control_plane_->store().begin(storage::Scope::platform(), storage::Mode::Read);
  for (const quota::LimitReading& limit : quota::read_limits(*snapshot->limits)) {
    const model::Quota& quota = *limit.limit->config;
    if (!is_meant(quota.tenant) || (!query.name.empty() && quota.name != query.name)) continue;
    reading.limits.push_back(
        {.tenant = quota.tenant,
         .name = quota.name,
         .limit = quota.limit,
         .admitted = limit.admitted,
         .refused = limit.refused,
         .queued = limit.queued,
         .degraded = limit.degraded,
         .top = top_of(transaction ? transaction->get() : nullptr, *limit.limit, now)});
  }
  add_sheds(*snapshot, reading.sheds);
  std::erase_if(reading.sheds, [&](const auto& shed) { return !is_meant(shed.tenant); });
  return reading;
}

void Server::add_sheds(const gateway::Snapshot& snapshot, std::vector<admin::ShedReading>& sheds) {
  std::map<std::pair<std::string_view, std::string_view>, model::TenantId> tenants;
  for (const auto& api : snapshot.apis) {
    tenants[{api->config.name, api->config.version}] = api->config.tenant;
  }
  for (const observe::ApiReading& api : metrics_.read_apis()) {
    const auto tenant = tenants.find({api.name, api.version});
    if (tenant == tenants.end()) continue;
    for (std::size_t i = 0; i < api.shed.size(); ++i) {
      if (api.shed[i] == 0) continue;
      sheds.push_back({.tenant = tenant->second,
                       .api = api.name,
                       .version = api.version,
                       .priority = *model::parse_priority_class(observe::kPriorityNames[i]),
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

// On the thread of the ZeroMQ intake. What changes something is in the audit log before it is done:
// an entry too many is better than a change that nobody has made.
Result<void> Server::obey(const events::Command& command) {
  switch (command.type) {
    case events::CommandType::Ping:
      return {};
    case events::CommandType::Reload:
      if (auto noted = note(command); !noted) return noted;
      control_.post([this] { reload(); });
      return {};
    case events::CommandType::SilenceAlerts:
      return silence(command);
    default:
      return move_breakers(command);
  }
}

Result<void> Server::note(const events::Command& command) {
  const std::string client = command.client.empty() ? "unknown" : command.client;
  return control_plane_->note_order("zmq:" + client, deed_of(command));
}

Result<void> Server::silence(const events::Command& command) {
  if (!alerts_->has_rule(command.rule)) {
    return fail(ErrorCode::NotFound, "there is no enabled alert rule " + in_quotes(command.rule));
  }
  if (command.until && *command.until <= clock_.wall()) {
    return fail(ErrorCode::InvalidBody, "'until' is over; null ends a silence");
  }
  if (auto noted = note(command); !noted) return noted;
  return alerts_->silence(command.rule, command.until);
}

Result<void> Server::move_breakers(const events::Command& command) {
  auto views = gateway::breaker_views(*snapshots_->current());
  std::erase_if(views, [&](const auto& view) { return !is_meant(view, command); });
  if (views.empty()) return fail(ErrorCode::NotFound, "no such API has circuit breakers");
  if (auto noted = note(command); !noted) return noted;
  for (const auto& view : views) {
    const auto change = view.breaker->order(order_of(command.type));
    if (change) outlets_->bus().publish(event_of(view, *change, clock_.wall()));
  }
  log_->info("circuit breakers were moved",
             {{"api", command.api}, {"command", std::string(events::name_of(command.type))}});
  return {};
}

}  // namespace apiforge::app
