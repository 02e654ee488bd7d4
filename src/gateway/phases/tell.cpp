#include "gateway/phases/tell.hpp"

#include <utility>

namespace apiforge::gateway::phases {
namespace {

using events::Event;
using events::EventType;

Event event_of_api(const Call& call, WorkerContext& worker, EventType type) {
  const model::Api& api = call.config().config;
  return {.type = type,
          .at = worker.loop.recent_wall(),
          .tenant = events::event_tenant(api.tenant.value),
          .members = {{"api", api.name}, {"version", api.version}}};
}

}  // namespace

void tell_breaker_changed(const Call& call, WorkerContext& worker, std::string_view endpoint,
                          const policy::BreakerChange& change) {
  if (!worker.events) return;
  Event event = event_of_api(call, worker, EventType::BreakerChanged);
  event.members.emplace_back("endpoint", endpoint);
  event.members.emplace_back("from", policy::name_of(change.from));
  event.members.emplace_back("to", policy::name_of(change.to));
  worker.events->publish(std::move(event));
}

void tell_limit_exceeded(const Call& call, WorkerContext& worker,
                         const quota::CompiledLimit& limit) {
  if (!worker.events) return;
  const CompiledLimits& limits = *worker.view.snapshot().compiled_limits;
  const auto gate = limits.gates.find(&limit);
  if (gate == limits.gates.end() || !gate->second.pass(worker.loop.recent())) return;
  const model::Quota& quota = *limit.config;
  Event event{.type = EventType::QuotaExceeded,
              .at = worker.loop.recent_wall(),
              .tenant = events::event_tenant(quota.tenant.value),
              .members = {{"quota", quota.name},
                          {"tenant", call.caller ? call.caller->tenant.value : std::string()},
                          {"subject", call.caller ? call.caller->label : call.client},
                          {"limit", limit.policy_item}}};
  worker.events->publish(std::move(event));
}

void tell_load_shed(const Call& call, WorkerContext& worker) {
  if (!worker.events) return;
  const model::PriorityClass priority = call.admission.priority;
  EventGate& gate = call.config().shed_gates[static_cast<std::size_t>(priority)];
  const auto calls = gate.pass(worker.loop.recent());
  if (!calls) return;
  Event event = event_of_api(call, worker, EventType::LoadShed);
  event.members.emplace_back("class", model::name_of(priority));
  event.members.emplace_back("calls", std::to_string(*calls));
  worker.events->publish(std::move(event));
}

}  // namespace apiforge::gateway::phases
