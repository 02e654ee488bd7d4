#include "app/alert_station.hpp"

#include <set>

#include "model/url.hpp"
#include "net/hop.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::seconds kLook{1};

/// Those of the file, and stored ones that it does not have by the same name.
std::vector<model::AlertRule> rules_in_force(const model::Configuration& declared,
                                             const catalogue::StoredCatalogue& stored) {
  std::vector<model::AlertRule> rules = declared.alert_rules;
  std::set<std::string_view> names;  // all the platform's
  for (const auto& rule : declared.alert_rules) names.insert(rule.name);
  for (const auto& rule : stored.alert_rules) {
    const bool is_declared =
        rule->tenant.value == model::kPlatformTenant && names.contains(rule->name);
    if (!is_declared) rules.push_back(*rule);
  }
  return rules;
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

std::vector<quota::AlertDelivery> AlertStation::take_new_rules() {
  const auto declared = needs_.declared();
  const auto stored = needs_.stored();
  if (declared == declared_.lock() && stored == stored_.lock()) return {};
  declared_ = declared;
  stored_ = stored;
  return engine_.configure(rules_in_force(*declared, *stored));
}

void AlertStation::look() {
  outbox_.add(take_new_rules());
  samples_.refresh();
  outbox_.add(engine_.evaluate([this](std::string_view metric) { return samples_.read(metric); }));
  outbox_.pump();
}

bool AlertStation::has_rule(std::string_view rule) const {
  return engine_.has_rule(model::TenantId{model::kPlatformTenant}, rule);
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
  add("apiforge_alert_groups_left_out", "Groups that alert rules cannot follow: too many of one.",
      engine_.groups_left_out());
}

}  // namespace apiforge::app
