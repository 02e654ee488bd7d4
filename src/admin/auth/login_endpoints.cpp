#include "admin/auth/login_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> login(const OperationCall& call) {
  const auto pair = call.accounts().sessions.login(
      call.actor, {.name = call.text("username"), .password = call.secret("password")});
  if (!pair) return std::unexpected(pair.error());
  return reply_with(show(*pair));
}

Result<ControlReply> refresh(const OperationCall& call) {
  const auto pair = call.accounts().sessions.refresh(call.actor, call.secret("refresh_token"));
  if (!pair) return std::unexpected(pair.error());
  return reply_with(show(*pair));
}

Result<ControlReply> logout(const OperationCall& call) {
  const auto done =
      call.accounts().sessions.logout(call.actor, call.optional_secret("refresh_token"));
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
