#include "auth/accounts/bootstrap.hpp"

#include <algorithm>

#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/identity.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredUser = storage::Stored<model::User>;

constexpr std::string_view kPlatformRole = "admin";
constexpr std::uint32_t kUsersAtATime = 500;

bool is_administrator(const StoredUser& user) {
  return std::ranges::find(user.value.roles, kPlatformRole) != user.value.roles.end();
}

/// Whether there are at least `count` administrators.
Result<bool> has_administrators(storage::Transaction& transaction, std::ptrdiff_t count) {
  storage::ListQuery query;
  query.tenant = model::kPlatformTenant;
  query.limit = kUsersAtATime;
  for (;;) {
    auto users = storage::list<model::User>(transaction, query);
    if (!users) return std::unexpected(std::move(users.error()));
    count -= std::ranges::count_if(*users, is_administrator);
    if (count <= 0) return true;
    if (users->size() < query.limit) return false;
    query.after = users->back().value.id.value;
  }
}

Result<void> ensure_platform(storage::Transaction& transaction) {
  auto tenant = storage::find<model::Tenant>(transaction, model::kPlatformTenant);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  if (*tenant) return {};
  auto made = storage::insert(
      transaction, model::Tenant{.id = {model::kPlatformTenant}, .name = model::kPlatformTenant});
  if (!made) return std::unexpected(std::move(made.error()));
  return {};
}

std::unexpected<Error> exists() {
  return fail(ErrorCode::AlreadyExists,
              "there is an administrator already; further ones are made by that one");
}

}  // namespace

Result<bool> has_administrator(storage::Store& store) {
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  return has_administrators(**transaction, 1);
}

Result<StoredUser> create_administrator(const Ports& ports, std::string_view origin,
                                        const FirstAdministrator& administrator) {
  auto already = has_administrator(ports.store);
  if (!already) return std::unexpected(std::move(already.error()));
  if (*already) return exists();
  const std::string email =
      administrator.email.empty() ? administrator.username + "@localhost" : administrator.email;
  auto valid = detail::check_identity(administrator.username, email);
  if (valid) valid = detail::check_free(ports, administrator.username, email, {});
  if (!valid) return std::unexpected(std::move(valid.error()));
  auto hash =
      detail::hash_new_password(ports, administrator.password, administrator.username, email);
  if (!hash) return std::unexpected(std::move(hash.error()));

  Caller caller;
  caller.tenant = {model::kPlatformTenant};
  caller.label = origin;
  const Actor actor{.caller = &caller, .client = {}, .user_agent = {}, .request_id = {}};
  Deed deed{.action = "user.create", .target = {}, .tenant = {}, .details = {}};
  return change_in(ports, actor, storage::Scope::platform(), deed,
                   [&](storage::Transaction& transaction, Deed& told) -> Result<StoredUser> {
                     if (auto done = ensure_platform(transaction); !done)
                       return std::unexpected(done.error());
                     model::User user{.id = {make_id()},
                                      .tenant = {model::kPlatformTenant},
                                      .username = administrator.username,
                                      .email = email,
                                      .password_hash = *hash,
                                      .roles = {std::string(kPlatformRole)}};
                     told.target = "user:" + user.id.value;
                     told.details = difference<model::User>(nullptr, &user);
                     auto stored = storage::insert(transaction, std::move(user));
                     if (!stored) return stored;
                     // Looked for after the writing: of two nodes that start at once one sees the
                     // other's.
                     auto another = has_administrators(transaction, 2);
                     if (!another) return std::unexpected(std::move(another.error()));
                     if (*another) return exists();
                     return stored;
                   });
}

}  // namespace apiforge::auth::accounts
