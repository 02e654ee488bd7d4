// Users: what one may see and change of oneself.
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/identity.hpp"
#include "auth/accounts/users.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredUser = storage::Stored<model::User>;

/// A caller of another issuer, or of the command line, is no user of this store.
Result<StoredUser> find_self(storage::Transaction& transaction, const Caller& caller) {
  if (!caller.external && !caller.user.empty()) {
    auto user = storage::find<model::User>(transaction, caller.user.value);
    if (!user) return std::unexpected(std::move(user.error()));
    if (*user) return **std::move(user);
  }
  return fail(ErrorCode::NotFound, "the caller is not a user of this installation");
}

Deed deed_on_profile(std::string action, const Actor& actor) {
  Deed deed{.action = std::move(action), .target = {}, .tenant = {}, .details = {}};
  if (actor.caller != nullptr) deed.target = "user:" + actor.caller->user.value;
  return deed;
}

Result<StoredUser> read_self(const Ports& ports, const Actor& actor, const Deed& deed) {
  return look(ports, actor, {}, deed, [&](storage::Transaction& transaction) {
    return find_self(transaction, *actor.caller);
  });
}

/// Fails with InvalidValue unless `current` is the password; a wrong one counts as a failed login.
Result<void> prove(const Ports& ports, const Actor& actor, const model::User& user,
                   const Secret& current) {
  auto permit = ports.guard.admit(user.id.value, actor.client);
  if (!permit) return std::unexpected(std::move(permit.error()));
  auto valid = ports.passwords.verify(user.password_hash, current);
  if (!valid) {
    permit->abandoned();
    return std::unexpected(std::move(valid.error()));
  }
  if (*valid) {
    permit->succeeded();
    return {};
  }
  permit->failed();
  return fail(ErrorCode::InvalidValue, "the current password is wrong");
}

}  // namespace

Result<Profile> Users::profile(const Actor& actor) const {
  auto user = read_self(ports_, actor, deed_on_profile("profile.read", actor));
  if (!user) return std::unexpected(std::move(user.error()));
  return Profile{*std::move(user), actor.caller->permissions};
}

Result<Profile> Users::patch_profile(const Actor& actor, const ProfilePatch& patch,
                                     IfMatch if_match) const {
  Deed deed = deed_on_profile("profile.update", actor);
  if (auto person = require_user(actor); !person) {
    tell_refusal(ports_, actor, deed, person.error());
    return std::unexpected(std::move(person.error()));
  }
  auto free = detail::check_free(ports_, patch.username.value_or(""), patch.email.value_or(""),
                                 actor.caller->user);
  if (!free) return std::unexpected(std::move(free.error()));
  return change(ports_, actor, {}, std::move(deed),
                [&](storage::Transaction& transaction, Deed& told) -> Result<Profile> {
                  auto user = find_self(transaction, *actor.caller);
                  if (!user) return std::unexpected(std::move(user.error()));
                  if (auto same = check_version(if_match, user->revision); !same) {
                    return std::unexpected(std::move(same.error()));
                  }
                  const model::User before = user->value;
                  if (patch.username) user->value.username = *patch.username;
                  if (patch.email) user->value.email = *patch.email;
                  auto valid = detail::check_identity(user->value.username, user->value.email);
                  if (!valid) return std::unexpected(std::move(valid.error()));
                  told.details = difference(&before, &user->value);
                  if (auto done = storage::update(transaction, *user); !done) {
                    return std::unexpected(std::move(done.error()));
                  }
                  return Profile{*std::move(user), actor.caller->permissions};
                });
}

Result<void> Users::change_password(const Actor& actor, const PasswordChange& request) const {
  Deed deed = deed_on_profile("user.change_password", actor);
  const auto refuse = [&](Error error) -> Result<void> {
    tell_refusal(ports_, actor, deed, error);
    return std::unexpected(std::move(error));
  };
  if (auto person = require_user(actor); !person) return refuse(person.error());
  auto user = read_self(ports_, actor, deed);
  if (!user) return std::unexpected(std::move(user.error()));
  const model::User& self = user->value;
  if (auto proved = prove(ports_, actor, self, request.current); !proved) {
    return refuse(proved.error());
  }
  auto hash = detail::hash_new_password(ports_, request.next, self.username, self.email);
  if (!hash) return std::unexpected(std::move(hash.error()));

  return change(ports_, actor, {}, std::move(deed),
                [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
                  auto now_stored = find_self(transaction, *actor.caller);
                  if (!now_stored) return std::unexpected(std::move(now_stored.error()));
                  const model::User before = now_stored->value;
                  if (before.password_hash != self.password_hash) {
                    return fail(ErrorCode::VersionConflict, "the password was changed meanwhile");
                  }
                  const WallTime now = ports_.clock.wall();
                  detail::set_password(now_stored->value, *hash, now);
                  told.details = difference(&before, &now_stored->value);
                  if (auto done = storage::update(transaction, *now_stored); !done) return done;
                  return detail::revoke_sessions(transaction, before.id, actor.caller->session,
                                                 now);
                });
}

}  // namespace apiforge::auth::accounts
