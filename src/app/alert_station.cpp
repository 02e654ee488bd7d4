#include "app/alert_station.hpp"

#include <iterator>

#include "model/url.hpp"
#include "net/hop.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::seconds kLook{1};

admin::AlertState state_of(policy::AlertPhase phase) {
  if (phase == policy::AlertPhase::Pending) return admin::AlertState::Pending;
  return phase == policy::AlertPhase::Quiet ? admin::AlertState::Resolved
                                            : admin::AlertState::Firing;
}

admin::AlertReading reading_of(const quota::Alert& alert) {
  return {.id = alert.id,
          .tenant = alert.tenant,
          .rule = alert.rule,
          .group = alert.labels,
          .metric = alert.metric,
          .severity = alert.severity,
          .value = alert.value,
          .threshold = alert.threshold,
          .since = alert.since,
          .state = state_of(alert.phase),
          .resolved_at = alert.resolved_at,
          .told_at = alert.told_at,
          .silenced = alert.silenced};
}

/// Names the host alone: path and query of a webhook are often its secret.
void tell_failed_delivery(observe::Log& log, const quota::AlertDelivery& delivery,
                          const Result<int>& result) {
  const auto url = model::parse_resource_url(delivery.url);
  std::string reason;
  if (result) {
    reason = "it answered " + std::to_string(*result);
  } else {
    const Error& error = result.error();
    reason = error.detail.empty() ? std::string(error.info().title) : error.detail;
  }
  log.warning("a webhook cannot be told of an alert; it is tried again for a day",
              {{"tenant", delivery.tenant},
               {"rule", delivery.rule},
               {"host", url ? model::host_field(url->server) : std::string("?")},
               {"reason", reason}});
}

}  // namespace

AlertStation::AlertStation(Needs needs)
    : needs_(std::move(needs)),
      webhooks_(needs_.control, needs_.settings.network),
      samples_({.clock = needs_.clock,
                .metrics = needs_.metrics,
                .snapshot = needs_.snapshot,
                .store = needs_.store}),
      engine_(needs_.clock, needs_.bus, {.node = needs_.node}),
      outbox_(
          needs_.store, webhooks_, needs_.clock, {.node = needs_.node},
          [this](auto tenant, auto rule, auto url) { return engine_.secret_of(tenant, rule, url); },
          [this](const auto& delivery, const auto& result) {
            tell_failed_delivery(needs_.log, delivery, result);
          }) {}

AlertStation::~AlertStation() = default;

void AlertStation::start() {
  net::spawn(run());
}

net::Task<void> AlertStation::run() {
  while (!stopping_) {
    co_await needs_.control.sleep_until(needs_.clock.now() + kLook);
    if (stopping_) co_return;
    const auto work = [this] {
      look();
      return true;
    };
    co_await net::run_on(needs_.pool, needs_.control, work);
  }
}

void AlertStation::look() {
  outbox_.add(engine_.configure(needs_.rules()));
  samples_.refresh();
  outbox_.add(engine_.evaluate([this](std::string_view metric) { return samples_.read(metric); }));
  outbox_.pump();
}

std::vector<admin::AlertReading> AlertStation::read() const {
  std::vector<admin::AlertReading> readings;
  for (const quota::Alert& alert : engine_.alerts()) readings.push_back(reading_of(alert));
  return readings;
}

Result<void> AlertStation::silence(std::string_view rule, std::optional<WallTime> until) {
  return engine_.silence(model::TenantId{model::kPlatformTenant}, rule, until);
}

void AlertStation::add_readings(std::vector<observe::ExtraReading>& readings) const {
  const auto add = [&](std::string name, std::string help, auto value) {
    readings.push_back({std::move(name), std::move(help), {}, static_cast<double>(value)});
  };
  add("apiforge_alert_deliveries_waiting", "Webhooks that are still to be told.",
      outbox_.waiting());
  add("apiforge_alert_deliveries_total", "Webhooks that were told.", outbox_.delivered());
  add("apiforge_alert_delivery_failures_total", "Tries to tell a webhook that failed.",
      outbox_.failed_tries());
  add("apiforge_alert_deliveries_given_up_total", "Deliveries that were given up.",
      outbox_.given_up());
}

}  // namespace apiforge::app
