#include "admin/gateway/observation_endpoints.hpp"

#include "admin/detail/gateway_statistics.hpp"
#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "auth/access.hpp"

namespace apiforge::admin {

Result<ControlReply> get_gateway_stats(const OperationCall& call) {
  const auth::Caller& caller = *call.actor.caller;
  const bool sees_all = auth::may(caller, model::Permission::PlatformManage);
  const auto name = call.parameter("api");
  const auto version = call.parameter("version");
  const StatisticsView view{
      .shows_api =
          [&](const ActiveApi& api) {
            const bool is_visible = sees_all || api.tenant == caller.tenant;
            return is_visible && (!name || api.name == *name) &&
                   (!version || api.version == *version);
          },
      .shows_tenant =
          [&](const std::string& tenant) { return sees_all || tenant == caller.tenant.value; }};
  const auto apis = call.ports.active_apis();
  return reply_with(gateway_statistics(call.ports.calls(), apis, view));
}

Result<ControlReply> get_gateway_health(const OperationCall& call) {
  const observe::HealthReport report = call.ports.gateway_health();
  ControlReply reply;
  reply.status = observe::http_status(observe::overall_status(report.components));
  reply.body = observe::to_json(report);
  return reply;
}

}  // namespace apiforge::admin
