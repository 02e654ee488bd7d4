// Sessions::login: who has the password gets a session.
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/accounts/detail/token_pair.hpp"
#include "auth/accounts/sessions.hpp"
#include "auth/opaque_token.hpp"
#include "base/text.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredUser = storage::Stored<model::User>;

constexpr std::size_t kMaxUserAgent = 256;
constexpr std::size_t kMaxClient = 64;

Result<std::optional<StoredUser>> find_user(const Ports& ports, const std::string& name) {
  if (!detail::is_login_name(name)) return std::optional<StoredUser>();
  auto transaction = ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  return storage::find_by_name<model::User>(**transaction, name);
}

/// Fails with InvalidCredential unless the password is the user's; without a user it takes as long.
Result<void> verify(const Ports& ports, const std::optional<StoredUser>& user,
                    const Secret& password) {
  auto valid = user ? ports.passwords.verify(user->value.password_hash, password)
                    : ports.passwords.verify_unknown(password);
  if (!valid) return std::unexpected(std::move(valid.error()));
  if (*valid) return {};
  return detail::invalid_credential(user ? "wrong password" : "unknown user");
}

/// A hash with the parameters of today, when the stored one is of other days. To fail is no harm:
/// the next login tries again.
std::optional<Secret> rehash(const Ports& ports, const Secret& stored, const Secret& password) {
  if (!ports.passwords.needs_rehash(stored)) return std::nullopt;
  auto hash = ports.passwords.hash(password);
  if (!hash) return std::nullopt;
  return *std::move(hash);
}

/// The user as of this transaction, whom the password that was verified before it still opens.
Result<StoredUser> confirm(storage::Transaction& transaction, const model::User& verified) {
  auto user = storage::find<model::User>(transaction, verified.id.value);
  if (!user) return std::unexpected(std::move(user.error()));
  if (!*user) return detail::invalid_credential("the user was removed");
  if ((*user)->value.password_hash != verified.password_hash) {
    return detail::invalid_credential("the password was changed meanwhile");
  }
  auto allowed = detail::may_hold_tokens(transaction, (*user)->value);
  if (!allowed) return std::unexpected(std::move(allowed.error()));
  if (!*allowed) return detail::invalid_credential("the user is disabled, or the tenant suspended");
  return **std::move(user);
}

Result<TokenPair> begin_session(const Ports& ports, const Actor& actor, const model::User& verified,
                                const std::optional<Secret>& new_hash, Deed& deed) {
  return change_in(
      ports, actor, storage::Scope::of(verified.tenant.value), deed,
      [&](storage::Transaction& transaction, Deed& told) -> Result<TokenPair> {
        auto user = confirm(transaction, verified);
        if (!user) return std::unexpected(std::move(user.error()));
        const WallTime now = ports.clock.wall();
        user->value.last_login_at = now;
        if (new_hash) user->value.password_hash = *new_hash;
        if (auto done = storage::update(transaction, *user); !done) {
          return std::unexpected(std::move(done.error()));
        }
        auto session = storage::insert(
            transaction,
            model::Session{.id = {make_id()},
                           .tenant = user->value.tenant,
                           .user = user->value.id,
                           .expires_at = now + ports.settings.session_lifetime,
                           .revoked_at = {},
                           .client = detail::printable(actor.client, kMaxClient),
                           .user_agent = detail::printable(actor.user_agent, kMaxUserAgent)});
        if (!session) return std::unexpected(std::move(session.error()));
        told.details = AuditDetails().fact("session", session->value.id.value).text();
        return detail::make_token_pair(ports, transaction, user->value, session->value, now);
      });
}

Result<TokenPair> try_login(const Ports& ports, const Actor& actor,
                            const std::optional<StoredUser>& user, const Secret& password,
                            Deed& deed) {
  if (auto valid = verify(ports, user, password); !valid) {
    return std::unexpected(std::move(valid.error()));
  }
  const auto new_hash = rehash(ports, user->value.password_hash, password);
  return begin_session(ports, actor, user->value, new_hash, deed);
}

}  // namespace

Result<TokenPair> Sessions::login(const Actor& actor, const LoginRequest& request) const {
  Deed deed{.action = "session.login", .target = {}, .tenant = {}, .details = {}};
  const std::string name = lower_case(request.name);
  if (auto recent = ports_.guard.check_recent(name, actor.client); !recent) {
    return std::unexpected(std::move(recent.error()));
  }
  auto user = find_user(ports_, name);
  if (!user) return std::unexpected(std::move(user.error()));
  if (*user) {
    deed.target = "user:" + (*user)->value.id.value;
    deed.tenant = (*user)->value.tenant.value;
  }
  auto permit = ports_.guard.admit(*user ? (*user)->value.id.value : name, actor.client);
  if (!permit) {
    ports_.guard.note_refused(name, actor.client, permit.error());
    tell_refusal(ports_, actor, deed, permit.error());
    return std::unexpected(std::move(permit.error()));
  }
  auto pair = try_login(ports_, actor, *user, request.password, deed);
  if (pair) {
    permit->succeeded();
  } else if (pair.error().code == ErrorCode::InvalidCredential) {
    permit->failed();
    tell_refusal(ports_, actor, deed, pair.error());
  } else {
    permit->abandoned();
  }
  return pair;
}

}  // namespace apiforge::auth::accounts
