#include "auth/accounts/registration.hpp"

#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/identity.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/credential_digest.hpp"
#include "auth/opaque_token.hpp"
#include "base/text.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredUser = storage::Stored<model::User>;

constexpr std::string_view kOwnerRole = "owner";

std::unexpected<Error> invitation_not_valid() {
  return fail(ErrorCode::InvalidValue,
              "the invitation is not valid: unknown, used, expired, or for another email");
}

/// The invitation that the token of the request is of.
Result<storage::Stored<model::Invitation>> find_invitation(storage::Transaction& transaction,
                                                           const RegistrationRequest& request,
                                                           WallTime now) {
  auto found = storage::find_by_name<model::Invitation>(transaction,
                                                        unkeyed_digest_hex(*request.invitation));
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return invitation_not_valid();
  const model::Invitation& invitation = (*found)->value;
  if (invitation.used_at || invitation.expires_at <= now ||
      !equals_ignoring_case(invitation.email, request.email)) {
    return invitation_not_valid();
  }
  return **std::move(found);
}

/// Spends the invitation: its tenant and roles become the user's.
Result<void> join(storage::Transaction& transaction, const RegistrationRequest& request,
                  model::User& user, WallTime now) {
  auto invitation = find_invitation(transaction, request, now);
  if (!invitation) return std::unexpected(std::move(invitation.error()));
  auto tenant = detail::find_tenant(transaction, invitation->value.tenant);
  if (!tenant || tenant->value.suspended) return invitation_not_valid();
  user.tenant = invitation->value.tenant;
  user.roles = invitation->value.roles;
  invitation->value.used_at = now;
  return storage::update(transaction, *invitation);
}

Result<void> found_tenant(storage::Transaction& transaction, const std::string& name,
                          model::User& user) {
  auto taken = storage::find_by_name<model::Tenant>(transaction, name);
  if (!taken) return std::unexpected(std::move(taken.error()));
  if (*taken) {
    return fail(ErrorCode::AlreadyExists, "there is a tenant of this name; choose another");
  }
  auto tenant = storage::insert(transaction, model::Tenant{.id = {make_id()}, .name = name});
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  user.tenant = tenant->value.id;
  user.roles = {std::string(kOwnerRole)};
  return {};
}

Result<void> check_request(const Ports& ports, const RegistrationRequest& request) {
  if (!request.invitation && ports.settings.registration != RegistrationMode::Open) {
    return fail(ErrorCode::RegistrationClosed,
                "registration needs an invitation; ask an administrator for one");
  }
  if (auto valid = detail::check_identity(request.username, request.email); !valid) return valid;
  if (request.invitation && request.tenant) {
    return fail(ErrorCode::InvalidValue, "an invitation says the tenant; leave the tenant out");
  }
  if (!request.tenant) return {};
  return detail::check_name("a tenant", *request.tenant);
}

/// Whether the invitation would do, before a password is hashed for it.
Result<void> check_invitation(const Ports& ports, const RegistrationRequest& request) {
  if (!request.invitation) return {};
  auto transaction = ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto invitation = find_invitation(**transaction, request, ports.clock.wall());
  if (!invitation) return std::unexpected(std::move(invitation.error()));
  return {};
}

Result<StoredUser> try_register(const Ports& ports, const Actor& actor,
                                const RegistrationRequest& request, Deed& deed) {
  if (auto valid = check_request(ports, request); !valid) return std::unexpected(valid.error());
  if (auto valid = check_invitation(ports, request); !valid) return std::unexpected(valid.error());
  if (auto free = detail::check_free(ports, request.username, request.email, {}); !free) {
    return std::unexpected(std::move(free.error()));
  }
  auto hash = detail::hash_new_password(ports, request.password, request.username, request.email);
  if (!hash) return std::unexpected(std::move(hash.error()));

  return change_in(ports, actor, storage::Scope::platform(), deed,
                   [&](storage::Transaction& transaction, Deed& told) -> Result<StoredUser> {
                     model::User user{.id = {make_id()},
                                      .tenant = {},
                                      .username = request.username,
                                      .email = request.email,
                                      .password_hash = *hash,
                                      .roles = {}};
                     auto placed = request.invitation
                                       ? join(transaction, request, user, ports.clock.wall())
                                       : found_tenant(transaction,
                                                      request.tenant.value_or(user.username), user);
                     if (!placed) return std::unexpected(std::move(placed.error()));
                     told.target = "user:" + user.id.value;
                     told.tenant = user.tenant.value;
                     told.details = difference<model::User>(nullptr, &user);
                     return storage::insert(transaction, std::move(user));
                   });
}

/// Whether a stranger learns something by being refused.
bool is_answer(ErrorCode code) {
  return code == ErrorCode::RegistrationClosed || code == ErrorCode::AlreadyExists ||
         code == ErrorCode::InvalidValue;
}

}  // namespace

Result<StoredUser> Registration::register_user(const Actor& actor,
                                               const RegistrationRequest& request) const {
  Deed deed{.action = "user.register", .target = {}, .tenant = {}, .details = {}};
  auto user = try_register(ports_, actor, request, deed);
  if (user || !is_answer(user.error().code)) return user;
  return refuse_stranger(ports_, actor, deed, std::move(user.error()));
}

}  // namespace apiforge::auth::accounts
