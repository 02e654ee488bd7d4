#include "gateway/limit_readings.hpp"

#include <array>
#include <utility>

#include "quota/limit_counts.hpp"

namespace apiforge::gateway {
namespace {

using observe::ExtraReading;
using Labels = std::vector<std::pair<std::string, std::string>>;
using policy::BreakerState;

constexpr std::array kBreakerStates{BreakerState::Closed, BreakerState::Open,
                                    BreakerState::HalfOpen, BreakerState::ForcedOpen,
                                    BreakerState::ForcedClosed};

Labels with(Labels labels, std::string name, std::string_view value) {
  labels.emplace_back(std::move(name), value);
  return labels;
}

}  // namespace

void append_limit_readings(const Snapshot& snapshot, std::vector<ExtraReading>& out) {
  for (const quota::LimitReading& reading : quota::read_limits(*snapshot.limits)) {
    const model::Quota& quota = *reading.limit->config;
    const Labels labels{{"tenant", quota.tenant.value}, {"quota", quota.name}};
    const auto add = [&](std::string_view ruling, std::uint64_t calls) {
      out.push_back({.name = "apiforge_quota_calls_total",
                     .help = "Calls that a quota decided.",
                     .labels = with(labels, "ruling", ruling),
                     .value = static_cast<double>(calls)});
    };
    add("admitted", reading.admitted);
    add("refused", reading.refused);
    add("queued", reading.queued);
    add("degraded", reading.degraded);
  }
}

void append_breaker_readings(const Snapshot& snapshot, MonotonicTime now,
                             std::vector<ExtraReading>& out) {
  for (const quota::BreakerView& view : breaker_views(snapshot)) {
    const policy::BreakerReading reading = view.breaker->read(now);
    const Labels labels{{"api", view.api}, {"version", view.version}, {"endpoint", view.endpoint}};
    for (const BreakerState state : kBreakerStates) {
      out.push_back({.name = "apiforge_breaker_state",
                     .help = "1 for the state that the circuit breaker is in.",
                     .labels = with(labels, "state", policy::name_of(state)),
                     .value = state == reading.state ? 1.0 : 0.0});
    }
    out.push_back({.name = "apiforge_breaker_rejections_total",
                   .help = "Attempts that the circuit breaker refused.",
                   .labels = labels,
                   .value = static_cast<double>(reading.rejected)});
  }
}

}  // namespace apiforge::gateway
