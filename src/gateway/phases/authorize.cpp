#include "auth/access.hpp"
#include "gateway/phases/refuse.hpp"

namespace apiforge::gateway::phases {
namespace {

// An Api of a tenant is there for that tenant alone, unless it is public.
bool may_know(const Call& call, const CompiledApi& api) {
  const model::TenantId& owner = api.config.tenant;
  if (owner.value == model::kPlatformTenant || api.config.access.is_public || !call.caller) {
    return true;
  }
  return call.caller->tenant == owner || auth::may(*call.caller, model::Permission::PlatformManage);
}

}  // namespace

Result<void> check_access(const Call& call, const CompiledApi& api) {
  if (!may_know(call, api)) return std::unexpected(unknown_api(call));
  if (api.config.access.is_public) return {};
  if (!call.caller) {
    return fail(ErrorCode::AuthenticationRequired,
                "this API is not public (access.public): send an API key or an access token, "
                "as Authorization: Bearer or X-API-Key");
  }
  return auth::may_call(*call.caller, api.permissions, api.config.name, call.client);
}

Step authorize(Call& call, WorkerContext& worker) {
  auto allowed = check_access(call, call.config());
  if (!allowed) return refuse(call, worker, std::move(allowed.error()));
  if (call.version_missing) {
    call.error = Error{ErrorCode::VersionNotFound,
                       "the API '" + call.config().config.name +
                           "' has no such version, or several and none is the default",
                       {}};
    return Step::Fail;
  }
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
