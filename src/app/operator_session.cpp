#include "app/operator_session.hpp"

#include "base/in_quotes.hpp"
#include "base/text.hpp"

namespace apiforge::app {

std::unique_ptr<OperatorSession> OperatorSession::open(int& status) {
  std::unique_ptr<OperatorSession> session(new OperatorSession);
  status = prepare_settings({}, session->preparation_);
  if (status != 0) return nullptr;
  auto identity = Identity::open(session->settings(), session->clock_);
  if (!identity) {
    status = print_error(identity.error());
    return nullptr;
  }
  session->identity_ = *std::move(identity);
  session->caller_.tenant.value = model::kPlatformTenant;
  session->caller_.label = "cli";
  session->caller_.permissions = model::PermissionSet::all();
  session->actor_.caller = &session->caller_;
  session->actor_.client = "local";
  return session;
}

Result<storage::Stored<model::User>> OperatorSession::find_user(std::string_view name) {
  auto transaction = begin(storage::Mode::Read);
  if (!transaction) return std::unexpected(transaction.error());
  auto user = storage::find_by_name<model::User>(**transaction, lower_case(name));
  if (!user) return std::unexpected(user.error());
  if (!*user) return fail(ErrorCode::NotFound, "there is no user " + in_quotes(name));
  return **std::move(user);
}

}  // namespace apiforge::app
