#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

void record(Call& call, WorkerContext& worker) {
  // Probes and scrapes come every few seconds for ever; only those that are wrong are of interest.
  if (call.own_endpoint && !call.error) return;
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
  record.request_id = call.request_id;
  record.bytes_in = call.bytes_in;
  record.bytes_out = call.bytes_out;
  record.client = call.client;
  record.slow = latency > worker.settings.slow_call;
  if (call.caller) {
    record.tenant = call.caller->tenant.value;
    record.key = call.caller->key ? call.caller->key->value : call.caller->label;
  }
  if (call.error) record.error = &call.error->info();
  if (call.api) {
    const model::Api& config = call.config().config;
    record.api = config.name;
    record.version = config.version;
    record.slow = latency > config.slow_threshold && call.status != 101;
    if (call.attempts > 0) record.endpoint = call.api->endpoints[call.endpoint].config->url;
    call.api->cells->record(record);
  }
  worker.call_log.append(record, worker.loop.recent_wall());
}

}  // namespace apiforge::gateway::phases
