#include "app/event_outlets.hpp"

#include "base/text.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::seconds kNextTry{1};

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
                           observe::Log& log)
    : settings_(settings),
      clock_(clock),
      node_(std::move(node)),
      log_(log),
      wanted_(is_wanted(settings)),
      started_(clock.wall()) {}

EventOutlets::~EventOutlets() = default;

void EventOutlets::start(events::ZmqIntake::Handler obey) {
  if (!wanted_) return;
  obey_ = std::move(obey);
  bus_.subscribe([this](const events::Event& event) {
    if (publisher_) publisher_->publish(event);
  });
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::Open;
  }
  open_what_is_missing();
}

void EventOutlets::drain() {
  bus_.drain();
  // This thread alone writes the two, so it may read them without the lock.
  const bool is_in_trouble = phase_ == Phase::Open && !trouble_.empty();
  if (is_in_trouble && clock_.now() >= next_try_) open_what_is_missing();
}

void EventOutlets::release() {
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::Released;
    trouble_.clear();
  }
  intake_.reset();
  publisher_.reset();
}

void EventOutlets::open_what_is_missing() {
  next_try_ = clock_.now() + kNextTry;
  auto opened = open_context();
  if (opened) opened = open_publisher();
  // A port that the one has lost does not keep the other from its work.
  if (context_) {
    auto taken = open_intake();
    if (opened) opened = std::move(taken);
  }
  const std::string trouble = opened ? std::string() : opened.error().detail;
  if (trouble == trouble_) return;
  if (trouble.empty()) {
    log_.info("ZeroMQ listens");
  } else {
    log_.warning("ZeroMQ does not listen as it should", {{"reason", trouble}});
  }
  const std::lock_guard lock(mutex_);
  trouble_ = trouble;
}

Result<void> EventOutlets::open_context() {
  if (context_) return {};
  auto keys = events::read_curve_keys(curve_settings(settings_.events));
  if (!keys) return std::unexpected(std::move(keys.error()));
  auto context = events::ZmqContext::open(*std::move(keys));
  if (!context) return std::unexpected(std::move(context.error()));
  context_ = *std::move(context);
  return {};
}

Result<void> EventOutlets::open_publisher() {
  const EventSettings& wanted = settings_.events;
  if (publisher_ || wanted.publisher_port == 0) return {};
  auto publisher = events::ZmqPublisher::open(
      *context_, {.host = wanted.host, .port = wanted.publisher_port, .node = node_}, started_);
  if (!publisher) return std::unexpected(std::move(publisher.error()));
  publisher_ = *std::move(publisher);
  return {};
}

Result<void> EventOutlets::open_intake() {
  const EventSettings& wanted = settings_.events;
  if (intake_ || wanted.subscriber_port == 0) return {};
  auto intake = events::ZmqIntake::open(
      *context_, {.host = wanted.host, .port = wanted.subscriber_port}, obey_);
  if (!intake) return std::unexpected(std::move(intake.error()));
  intake_ = *std::move(intake);
  return {};
}

observe::ComponentHealth EventOutlets::health() const {
  using observe::HealthStatus;
  const std::lock_guard lock(mutex_);
  HealthStatus status = HealthStatus::Disabled;
  if (phase_ == Phase::Open) status = trouble_.empty() ? HealthStatus::Ok : HealthStatus::Degraded;
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
