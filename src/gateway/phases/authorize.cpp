#include "auth/access.hpp"
#include "gateway/phases/refuse.hpp"

namespace apiforge::gateway::phases {

Step authorize(Call& call, WorkerContext& worker) {
  const CompiledApi& api = call.config();
  if (api.config.access.is_public) return Step::GoOn;
  if (!call.caller) {
    return refuse(call, worker,
                  {ErrorCode::AuthenticationRequired,
                   "this API is not public (access.public): send an API key or an access token, "
                   "as Authorization: Bearer or X-API-Key",
                   {}});
  }
  auto allowed = auth::may_call(*call.caller, api.permissions, api.config.name, call.client);
  if (!allowed) return refuse(call, worker, std::move(allowed.error()));
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
