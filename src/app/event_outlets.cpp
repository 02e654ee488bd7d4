#include "app/event_outlets.hpp"

#include "base/text.hpp"

namespace apiforge::app {
namespace {

bool is_wanted(const Settings& settings) {
  const EventSettings& events = settings.events;
  if (events.publisher_port == 0 && events.subscriber_port == 0) return false;
  return settings.process.environment != Environment::Production || !events.secret_key.empty();
}

events::CurveSettings curve_settings(const EventSettings& events) {
  events::CurveSettings curve{.secret_key = events.secret_key};
  for_each_element(events.client_keys,
                   [&](std::string_view key) { curve.client_keys.emplace_back(key); });
  return curve;
}

}  // namespace

EventOutlets::EventOutlets(const Settings& settings, const Clock& clock, std::string node,
                           observe::Log& log, events::ZmqIntake::Handler obey)
    : wanted_(is_wanted(settings)) {
  if (!wanted_) return;
  const auto opened = open(settings, clock, std::move(node), std::move(obey));
  if (opened) return;
  trouble_ = opened.error().detail;
  log.write(observe::LogLevel::Warning, "ZeroMQ is off", {{"reason", trouble_}});
}

EventOutlets::~EventOutlets() = default;

Result<void> EventOutlets::open(const Settings& settings, const Clock& clock, std::string node,
                                events::ZmqIntake::Handler obey) {
  const EventSettings& wanted = settings.events;
  auto keys = events::read_curve_keys(curve_settings(wanted));
  if (!keys) return std::unexpected(std::move(keys.error()));
  auto context = events::ZmqContext::open(*std::move(keys));
  if (!context) return std::unexpected(std::move(context.error()));
  context_ = *std::move(context);
  if (wanted.publisher_port != 0) {
    auto publisher = events::ZmqPublisher::open(
        *context_, {.host = wanted.host, .port = wanted.publisher_port, .node = std::move(node)},
        clock.wall());
    if (!publisher) return std::unexpected(std::move(publisher.error()));
    publisher_ = *std::move(publisher);
    bus_.subscribe([this](const events::Event& event) { publisher_->publish(event); });
  }
  if (wanted.subscriber_port != 0) {
    auto intake = events::ZmqIntake::open(
        *context_, {.host = wanted.host, .port = wanted.subscriber_port}, std::move(obey));
    if (!intake) return std::unexpected(std::move(intake.error()));
    intake_ = *std::move(intake);
  }
  return {};
}

observe::ComponentHealth EventOutlets::health() const {
  using observe::HealthStatus;
  HealthStatus status = HealthStatus::Disabled;
  if (wanted_) status = trouble_.empty() ? HealthStatus::Ok : HealthStatus::Degraded;
  return {.name = "zmq", .status = status, .detail = trouble_, .required = false, .latency = {}};
}

void EventOutlets::add_readings(std::vector<observe::ExtraReading>& readings) const {
  readings.push_back(
      {"apiforge_events_dropped_total",
       "Events that nobody could take in time.",
       {},
       static_cast<double>(bus_.dropped() + (publisher_ ? publisher_->dropped() : 0))});
  if (!publisher_) return;
  readings.push_back({"apiforge_events_published_total",
                      "Events that were handed to ZeroMQ.",
                      {},
                      static_cast<double>(publisher_->sent())});
}

}  // namespace apiforge::app
