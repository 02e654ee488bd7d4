// Sessions::refresh: a token is spent for a new pair; a second use ends its family.
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/token_pair.hpp"
#include "auth/accounts/sessions.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredToken = storage::Stored<model::RefreshToken>;

/// Context of the error that tells of a reuse.
constexpr std::string_view kReused = "the refresh token was used before";

struct Refreshed {
  TokenPair pair;
  model::UserId user;
};

Result<std::optional<StoredToken>> find_token(const Ports& ports, const std::string& digest) {
  auto transaction = ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  return storage::find<model::RefreshToken>(**transaction, digest);
}

/// Marks the token as used. Of several at once the store lets one through; to the others it is a
/// reuse.
Result<void> spend(storage::Transaction& transaction, const std::string& digest, WallTime now) {
  auto token = storage::find<model::RefreshToken>(transaction, digest);
  if (!token) return std::unexpected(std::move(token.error()));
  if (!*token) return detail::invalid_credential("the refresh token is gone");
  if ((*token)->value.used_at) return detail::invalid_credential(kReused);
  if ((*token)->value.expires_at <= now) {
    return detail::invalid_credential("the refresh token has expired");
  }
  (*token)->value.used_at = now;
  auto spent = storage::update(transaction, **token);
  if (!spent && spent.error().code == ErrorCode::VersionConflict) {
    return detail::invalid_credential(kReused);
  }
  return spent;
}

Result<Refreshed> exchange(const Ports& ports, storage::Transaction& transaction,
                           const model::RefreshToken& token, Deed& deed) {
  const WallTime now = ports.clock.wall();
  auto session = storage::find<model::Session>(transaction, token.session.value);
  if (!session) return std::unexpected(std::move(session.error()));
  if (!*session || (*session)->value.revoked_at || (*session)->value.expires_at <= now) {
    return detail::invalid_credential("the session has ended");
  }
  const model::Session& family = (*session)->value;
  deed.target = "user:" + family.user.value;
  if (auto spent = spend(transaction, token.digest, now); !spent) {
    return std::unexpected(std::move(spent.error()));
  }
  auto user = storage::find<model::User>(transaction, family.user.value);
  if (!user) return std::unexpected(std::move(user.error()));
  if (!*user) return detail::invalid_credential("the user was removed");
  auto allowed = detail::may_hold_tokens(transaction, (*user)->value);
  if (!allowed) return std::unexpected(std::move(allowed.error()));
  if (!*allowed) return detail::invalid_credential("the user is disabled, or the tenant suspended");
  auto pair = detail::make_token_pair(ports, transaction, (*user)->value, family, now);
  if (!pair) return std::unexpected(std::move(pair.error()));
  return Refreshed{*std::move(pair), family.user};
}

/// Ends the family in a transaction of its own, which the refusal of the refresh cannot roll back.
Result<void> end_family(const Ports& ports, const Actor& actor, const model::RefreshToken& token) {
  Deed deed{.action = "session.reuse",
            .target = "session:" + token.session.value,
            .tenant = token.tenant.value,
            .details = {}};
  return change_in(ports, actor, storage::Scope::of(token.tenant.value), deed,
                   [&](storage::Transaction& transaction, Deed&) -> Result<void> {
                     auto session = storage::find<model::Session>(transaction, token.session.value);
                     if (!session) return std::unexpected(std::move(session.error()));
                     if (!*session) return {};
                     return detail::revoke_session(transaction, **session, ports.clock.wall());
                   });
}

bool is_reuse(const Error& error) {
  return error.code == ErrorCode::InvalidCredential && error.context == kReused;
}

}  // namespace

Result<TokenPair> Sessions::refresh(const Actor& actor, const Secret& refresh_token) const {
  Deed deed{.action = "session.refresh", .target = {}, .tenant = {}, .details = {}};
  auto token = find_token(ports_, unkeyed_digest_hex(refresh_token.reveal()));
  if (!token) return std::unexpected(std::move(token.error()));
  if (!*token) {
    Error unknown = detail::invalid_credential("unknown refresh token").error();
    return refuse_stranger(ports_, actor, deed, std::move(unknown));
  }
  const model::RefreshToken& known = (*token)->value;
  deed.tenant = known.tenant.value;
  deed.details = AuditDetails().fact("session", known.session.value).text();
  auto refreshed = change_in(ports_, actor, storage::Scope::of(known.tenant.value), deed,
                             [&](storage::Transaction& transaction, Deed& told) {
                               return exchange(ports_, transaction, known, told);
                             });
  if (refreshed) {
    ports_.guard.remember(refreshed->user.value, actor.client);
    return std::move(refreshed->pair);
  }
  if (is_reuse(refreshed.error())) {
    auto ended = end_family(ports_, actor, known);
    if (!ended) return std::unexpected(std::move(ended.error()));
  }
  if (refreshed.error().code != ErrorCode::InvalidCredential) {
    return std::unexpected(std::move(refreshed.error()));
  }
  // Who has a token that was once ours guesses nothing: a client that repeats itself must not shut
  // out its whole network.
  tell_refusal(ports_, actor, deed, refreshed.error());
  return std::unexpected(std::move(refreshed.error()));
}

}  // namespace apiforge::auth::accounts
