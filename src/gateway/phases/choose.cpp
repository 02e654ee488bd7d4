#include "gateway/phases/breakers.hpp"
#include "gateway/phases/phases.hpp"
#include "policy/hash.hpp"

namespace apiforge::gateway::phases {
namespace {

std::uint64_t hash_of(const Call& call) {
  const model::Upstream& upstream = call.config().config.upstream;
  if (upstream.balancing != model::Balancing::ConsistentHash) return 0;
  const std::string_view on = upstream.hash_on;
  if (on == "client_ip") return policy::hash_bytes(call.client);
  if (on.starts_with("header:")) {
    return policy::hash_bytes(net::find_field(call.request().fields, on.substr(7)));
  }
  return policy::hash_bytes(call.target.path);
}

}  // namespace

Step choose(Call& call, WorkerContext& worker, Attempt& attempt) {
  ApiRuntime& api = *call.api;
  const MonotonicTime now = worker.loop.recent();
  api.refresh_availability(now);
  api.refresh_room(call.admission.priority);
  const auto chosen = api.balancer.choose(
      api.loads, {.now = now, .hash = hash_of(call), .tried = call.tried}, worker.loop.random());
  if (!chosen) {
    tell_no_endpoint(call, worker, attempt);
    return Step::Fail;
  }
  return enter_endpoint(call, worker, attempt, *chosen);
}

}  // namespace apiforge::gateway::phases
