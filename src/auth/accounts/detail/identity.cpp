#include "auth/accounts/detail/identity.hpp"

#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/password_rules.hpp"
#include "base/text.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts::detail {

Result<void> check_identity(const std::string& username, const std::string& email) {
  if (auto valid = check_username(username); !valid) return valid;
  return check_email(email);
}

Result<void> check_free(const Ports& ports, const std::string& username, const std::string& email,
                        const model::UserId& self) {
  auto transaction = ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  for (const bool is_email : {false, true}) {
    const std::string& name = is_email ? email : username;
    if (!is_login_name(name)) continue;
    auto user = storage::find_by_name<model::User>(**transaction, lower_case(name));
    if (!user) return std::unexpected(std::move(user.error()));
    if (!*user || (*user)->value.id == self) continue;
    return fail(ErrorCode::AlreadyExists,
                is_email ? "the email belongs to another user" : "the user name is taken");
  }
  return {};
}

Result<Secret> hash_new_password(const Ports& ports, const Secret& password,
                                 const std::string& username, const std::string& email) {
  auto good = check_password(password.reveal(), username, email);
  if (!good) return std::unexpected(std::move(good.error()));
  return ports.passwords.hash(password);
}

void set_password(model::User& user, Secret hash, WallTime now) {
  user.password_hash = std::move(hash);
  user.tokens_valid_from = next_token_time(now);
}

}  // namespace apiforge::auth::accounts::detail
