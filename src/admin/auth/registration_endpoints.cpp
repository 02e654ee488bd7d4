#include "admin/auth/registration_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> register_user(const OperationCall& call) {
  auth::accounts::RegistrationRequest request;
  request.username = call.text("username");
  request.email = call.text("email");
  request.password = call.secret("password");
  request.tenant = call.optional_text("tenant");
  request.invitation = call.optional_text("invitation");
  const auto user = call.accounts().registration.register_user(call.actor, request);
  if (!user) return std::unexpected(user.error());
  return created(show(*user), user->revision, "/api/v1/auth/users/" + user->value.id.value);
}

}  // namespace apiforge::admin
