#include "auth/accounts/users.hpp"

#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/identity.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts {
namespace {

using model::Permission;
using StoredUser = storage::Stored<model::User>;

constexpr model::PermissionSet kManageUsers{Permission::AuthManage};

Deed deed_on_user(std::string action, const model::UserId& id) {
  return {.action = std::move(action), .target = "user:" + id.value, .tenant = {}, .details = {}};
}

Result<StoredUser> find_user(storage::Transaction& transaction, const model::UserId& id) {
  if (detail::is_id(id.value)) {
    auto user = storage::find<model::User>(transaction, id.value);
    if (!user) return std::unexpected(std::move(user.error()));
    if (*user) return **std::move(user);
  }
  return fail(ErrorCode::NotFound, "there is no such user");
}

/// A user whom the caller is about to change: the version is the expected one, and the user has no
/// permission that the caller has not, or who changes a password could become more than it is.
struct Subject {
  StoredUser user;
  bool administrator = false;  ///< enabled and administrator, before the change
};
Result<Subject> find_subject(storage::Transaction& transaction, const Caller& caller,
                             const model::UserId& id, IfMatch if_match, Deed& told) {
  auto user = find_user(transaction, id);
  if (!user) return std::unexpected(std::move(user.error()));
  told.tenant = user->value.tenant.value;
  if (auto same = check_version(if_match, user->revision); !same) {
    return std::unexpected(std::move(same.error()));
  }
  auto permissions = detail::permissions_of(transaction, user->value.tenant, user->value.roles);
  if (!permissions) return std::unexpected(std::move(permissions.error()));
  if (auto allowed = detail::require_power_over(caller, *permissions); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  const bool administrator =
      !user->value.disabled && detail::is_administrator(user->value.tenant, *permissions);
  return Subject{*std::move(user), administrator};
}

/// The members of a patch but the password, on the user.
Result<void> apply(storage::Transaction& transaction, const Caller& caller, const UserPatch& patch,
                   model::User& user, WallTime now) {
  if (patch.username) user.username = *patch.username;
  if (patch.email) user.email = *patch.email;
  if (auto valid = detail::check_identity(user.username, user.email); !valid) return valid;
  if (patch.roles && *patch.roles != user.roles) {
    auto granted = detail::check_grant(transaction, caller, user.tenant, *patch.roles);
    if (!granted) return granted;
    user.roles = *patch.roles;
    user.tokens_valid_from = detail::next_token_time(now);
  }
  if (patch.disabled && *patch.disabled != user.disabled) {
    user.disabled = *patch.disabled;
    user.tokens_valid_from = detail::next_token_time(now);
  }
  return {};
}

/// The hash of a password that an administrator sets; nullopt when the patch sets none.
Result<std::optional<Secret>> hash_patched(const Ports& ports, const Actor& actor,
                                           const model::UserId& id, const UserPatch& patch) {
  if (!patch.password) return std::optional<Secret>();
  auto user = look(ports, actor, kManageUsers, deed_on_user("user.update", id),
                   [&](storage::Transaction& transaction) { return find_user(transaction, id); });
  if (!user) return std::unexpected(std::move(user.error()));
  auto hash = detail::hash_new_password(ports, *patch.password,
                                        patch.username.value_or(user->value.username),
                                        patch.email.value_or(user->value.email));
  if (!hash) return std::unexpected(std::move(hash.error()));
  return std::optional(*std::move(hash));
}

}  // namespace

Result<StoredUser> Users::create(const Actor& actor, const NewUser& request) const {
  Deed deed{.action = "user.create", .target = {}, .tenant = {}, .details = {}};
  if (auto allowed = require_permissions(actor, kManageUsers); !allowed) {
    tell_refusal(ports_, actor, deed, allowed.error());
    return std::unexpected(std::move(allowed.error()));
  }
  auto valid = detail::check_identity(request.username, request.email);
  if (valid) valid = detail::check_free(ports_, request.username, request.email, {});
  if (!valid) return std::unexpected(std::move(valid.error()));
  auto hash = detail::hash_new_password(ports_, request.password, request.username, request.email);
  if (!hash) return std::unexpected(std::move(hash.error()));

  return change(ports_, actor, kManageUsers, std::move(deed),
                [&](storage::Transaction& transaction, Deed& told) -> Result<StoredUser> {
                  auto tenant_id = tenant_for(*actor.caller, request.tenant);
                  if (!tenant_id) return std::unexpected(std::move(tenant_id.error()));
                  auto tenant = detail::find_tenant(transaction, *tenant_id);
                  if (!tenant) return std::unexpected(std::move(tenant.error()));
                  auto granted = detail::check_grant(transaction, *actor.caller, tenant->value.id,
                                                     request.roles);
                  if (!granted) return std::unexpected(std::move(granted.error()));
                  model::User user{.id = {make_id()},
                                   .tenant = tenant->value.id,
                                   .username = request.username,
                                   .email = request.email,
                                   .password_hash = *hash,
                                   .roles = request.roles};
                  told.target = "user:" + user.id.value;
                  told.tenant = user.tenant.value;
                  told.details = difference<model::User>(nullptr, &user);
                  return storage::insert(transaction, std::move(user));
                });
}

Result<StoredUser> Users::get(const Actor& actor, const model::UserId& id) const {
  return look(ports_, actor, kManageUsers, deed_on_user("user.read", id),
              [&](storage::Transaction& transaction) { return find_user(transaction, id); });
}

Result<Page<StoredUser>> Users::list(const Actor& actor,
                                     const std::optional<model::TenantId>& tenant,
                                     const PageQuery& page) const {
  return look(ports_, actor, kManageUsers, deed_on_user("user.list", {}),
              [&](storage::Transaction& transaction) -> Result<Page<StoredUser>> {
                auto filter = tenant_filter(*actor.caller, tenant);
                if (!filter) return std::unexpected(std::move(filter.error()));
                storage::ListQuery query;
                query.tenant = *std::move(filter);
                return detail::page_of<model::User>(transaction, query, page);
              });
}

Result<StoredUser> Users::patch(const Actor& actor, const model::UserId& id, const UserPatch& patch,
                                IfMatch if_match) const {
  if (patch.username || patch.email) {
    auto free =
        detail::check_free(ports_, patch.username.value_or(""), patch.email.value_or(""), id);
    if (!free && require_permissions(actor, kManageUsers)) {
      return std::unexpected(std::move(free.error()));
    }
  }
  auto hash = hash_patched(ports_, actor, id, patch);
  if (!hash) return std::unexpected(std::move(hash.error()));

  return change(ports_, actor, kManageUsers, deed_on_user("user.update", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<StoredUser> {
                  auto subject = find_subject(transaction, *actor.caller, id, if_match, told);
                  if (!subject) return std::unexpected(std::move(subject.error()));
                  StoredUser& user = subject->user;
                  const model::User before = user.value;
                  const WallTime now = ports_.clock.wall();
                  auto done = apply(transaction, *actor.caller, patch, user.value, now);
                  if (done && *hash) detail::set_password(user.value, **hash, now);
                  told.details = difference(&before, &user.value);
                  if (done) done = storage::update(transaction, user);
                  if (done && (*hash || user.value.disabled)) {
                    done = detail::revoke_sessions(transaction, id, std::nullopt, now);
                  }
                  if (done && subject->administrator) {
                    done = detail::check_administrator_remains(transaction, before.tenant);
                  }
                  if (!done) return std::unexpected(std::move(done.error()));
                  return std::move(user);
                });
}

Result<void> Users::remove(const Actor& actor, const model::UserId& id, IfMatch if_match) const {
  return change(
      ports_, actor, kManageUsers, deed_on_user("user.remove", id),
      [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
        auto subject = find_subject(transaction, *actor.caller, id, if_match, told);
        if (!subject) return std::unexpected(std::move(subject.error()));
        told.details = difference<model::User>(&subject->user.value, nullptr);
        auto done = detail::remove_belongings(transaction, id);
        if (done) {
          done = transaction.remove(storage::Kind::User, id.value, subject->user.revision);
        }
        if (done && subject->administrator) {
          done = detail::check_administrator_remains(transaction, subject->user.value.tenant);
        }
        return done;
      });
}

}  // namespace apiforge::auth::accounts
