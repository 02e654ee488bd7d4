#include "admin/auth/profile_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {

Result<ControlReply> get_profile(const OperationCall& call) {
  const auto profile = call.accounts().users.profile(call.actor);
  if (!profile) return std::unexpected(profile.error());
  return reply_with(show(*profile), profile->user.revision);
}

Result<ControlReply> patch_profile(const OperationCall& call) {
  const auto profile = call.accounts().users.patch_profile(
      call.actor,
      {.username = call.optional_text("username"), .email = call.optional_text("email")},
      call.if_match);
  if (!profile) return std::unexpected(profile.error());
  return reply_with(show(*profile), profile->user.revision);
}

Result<ControlReply> change_password(const OperationCall& call) {
  const auto done = call.accounts().users.change_password(
      call.actor,
      {.current = call.secret("current_password"), .next = call.secret("new_password")});
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
