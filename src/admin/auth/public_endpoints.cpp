#include "admin/auth/public_endpoints.hpp"

#include "admin/control_api.hpp"
#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> get_openapi(const OperationCall&) {
  ControlReply reply;
  reply.body = openapi_json();
  return reply;
}

Result<ControlReply> get_jwks(const OperationCall& call) {
  ControlReply reply;
  reply.content_type = "application/jwk-set+json";
  reply.body = call.ports.jwks();
  return reply;
}

Result<ControlReply> get_auth_health(const OperationCall& call) {
  const observe::HealthReport report = call.ports.auth_health();
  ControlReply reply;
  reply.status = observe::http_status(observe::overall_status(report.components));
  reply.body = observe::to_json(report);
  return reply;
}

}  // namespace apiforge::admin
