#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

void record(Call& call, WorkerContext& worker) {
  // Only those that got no answer are of interest.
  if (call.answers_probe && !call.error) return;
  const net::RequestHead& request = call.request();
  const std::chrono::nanoseconds latency = worker.loop.now() - call.started;
  observe::CallRecord record;
  record.method = request.method_text;
  record.method_slot = static_cast<std::uint8_t>(request.method);
  record.status = call.status;
  record.path = call.target.path;
  record.latency_ns = static_cast<std::uint64_t>(latency.count());
  record.upstream_ns = static_cast<std::uint64_t>(call.upstream_time.count());
  record.attempts = call.attempts;
  record.hedges = call.hedges;
  record.request_id = call.request_id;
  record.bytes_in = call.bytes_in;
  record.bytes_out = call.bytes_out;
  record.client = call.client;
  record.slow = latency > worker.settings.slow_call;
  record.cached = call.cached;
  record.fell_back = !call.fallback.empty();
  record.declared_error = call.declared_error;
  record.usage_unknown = call.admission.usage_unknown;
  const Admission& admission = call.admission;
  // One attempt of several may have been refused, and another been answered.
  const bool by_others = call.cached || record.fell_back;
  if (call.error || by_others) {
    record.limited = admission.limited_by;
    record.shed = admission.was_shed;
    record.breaker_rejected = admission.met_breaker;
    record.degraded = admission.was_refused() && !call.error;
  }
  if (call.caller) {
    record.tenant = call.caller->tenant.value;
    record.key = call.caller->key ? call.caller->key->value : call.caller->label;
  }
  if (call.error) record.error = &call.error->info();
  if (call.api) {
    // A fallback to another Api is the business of the one that the caller asked for.
    ApiRuntime& asked = call.asked_api ? *call.asked_api : *call.api;
    const model::Api& config = asked.api->config;
    record.api = config.name;
    record.version = config.version;
    record.priority = model::name_of(admission.priority);
    record.slow = latency > config.slow_threshold && call.status != 101;
    if (!call.tried.empty()) {
      record.endpoint = call.api->endpoints[call.answer->endpoint].config->url;
    }
    asked.cells->record(record);
    worker.cells.tenants.record(record);
  }
  worker.call_log.append(record, worker.loop.recent_wall());
}

}  // namespace apiforge::gateway::phases
