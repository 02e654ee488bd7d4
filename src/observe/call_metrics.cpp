#include "observe/call_metrics.hpp"

#include <algorithm>

namespace apiforge::observe {

void ApiCells::record(const CallRecord& call) {
  const auto method = std::min<std::size_t>(call.method_slot, kMethodNames.size() - 1);
  requests[method][status_class(call.status)].add();
  latency.record(call.latency_ns);
  if (call.attempts > 0) upstream_latency.record(call.upstream_ns);
  retries.add(retries_of(call));
  if (call.hedges > 0) hedges.add(call.hedges);
  if (call.cached) cache_hits.add();
  if (call.fell_back) fallbacks.add();
  if (call.declared_error && call.status < 500) declared_errors.add();
  if (!call.limited.empty()) limited.add();
  if (call.shed) {
    const auto name = std::ranges::find(kPriorityNames, call.priority);
    const auto index = static_cast<std::size_t>(name - kPriorityNames.begin());
    if (index < shed.size()) shed[index].add();
  }
  if (call.breaker_rejected) breaker_rejected.add();
  if (call.degraded) degraded.add();
  if (call.usage_unknown) usage_unknown.add();
  bytes_in.add(call.bytes_in);
  bytes_out.add(call.bytes_out);
  if (call.slow) slow.add();
  if (call.error != nullptr) errors[static_cast<std::size_t>(call.error->source)].add();
}

}  // namespace apiforge::observe
