#include "auth/accounts/sessions.hpp"

#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/token_pair.hpp"

namespace apiforge::auth::accounts {
namespace {

using StoredSession = storage::Stored<model::Session>;

/// Records are kept a while beyond their end, so that a late second use is still known as one.
constexpr std::chrono::days kKeptAfterEnd{1};

std::unexpected<Error> no_such_session() {
  return fail(ErrorCode::NotFound, "there is no such session");
}

Result<StoredSession> find_session(storage::Transaction& transaction, const Caller& caller,
                                   const model::SessionId& id) {
  if (!detail::is_id(id.value)) return no_such_session();
  auto session = storage::find<model::Session>(transaction, id.value);
  if (!session) return std::unexpected(std::move(session.error()));
  if (!*session) return no_such_session();
  const bool own = (*session)->value.user == caller.user && !caller.external;
  if (!own && !may(caller, model::Permission::AuthManage)) return no_such_session();
  return **std::move(session);
}

/// The session of a refresh token, when it is one of the caller's.
Result<std::optional<StoredSession>> find_own_by_token(storage::Transaction& transaction,
                                                       const Caller& caller,
                                                       const Secret& refresh_token) {
  using Found = std::optional<StoredSession>;
  auto token =
      storage::find<model::RefreshToken>(transaction, unkeyed_digest_hex(refresh_token.reveal()));
  if (!token) return std::unexpected(std::move(token.error()));
  if (!*token) return Found();
  auto session = storage::find<model::Session>(transaction, (*token)->value.session.value);
  if (!session) return std::unexpected(std::move(session.error()));
  if (!*session || (*session)->value.user != caller.user) return Found();
  return session;
}

}  // namespace

Result<void> Sessions::logout(const Actor& actor,
                              const std::optional<Secret>& refresh_token) const {
  Deed deed{.action = "session.logout", .target = {}, .tenant = {}, .details = {}};
  if (auto user = require_user(actor); !user) {
    tell_refusal(ports_, actor, deed, user.error());
    return user;
  }
  const Caller& caller = *actor.caller;
  deed.target = "session:" + caller.session.value;
  return change(
      ports_, actor, {}, deed, [&](storage::Transaction& transaction, Deed&) -> Result<void> {
        const WallTime now = ports_.clock.wall();
        if (!caller.session.empty()) {
          auto session = storage::find<model::Session>(transaction, caller.session.value);
          if (!session) return std::unexpected(std::move(session.error()));
          if (*session) {
            auto ended = detail::revoke_session(transaction, **session, now);
            if (!ended) return ended;
          }
        }
        if (!refresh_token) return {};
        auto session = find_own_by_token(transaction, caller, *refresh_token);
        if (!session) return std::unexpected(std::move(session.error()));
        return *session ? detail::revoke_session(transaction, **session, now) : Result<void>();
      });
}

Result<Page<StoredSession>> Sessions::list(const Actor& actor, const SessionQuery& query) const {
  const bool own = query.whose == Whose::Own;
  const Deed deed{.action = "session.list", .target = {}, .tenant = {}, .details = {}};
  const auto needed =
      own ? model::PermissionSet{} : model::PermissionSet{model::Permission::AuthManage};
  return look(ports_, actor, needed, deed,
              [&](storage::Transaction& transaction) -> Result<Page<StoredSession>> {
                storage::ListQuery list;
                if (own) {
                  list.owner = actor.caller->user.value;
                  if (actor.caller->external || list.owner.empty()) return Page<StoredSession>{};
                } else {
                  auto tenant = tenant_filter(*actor.caller, query.tenant);
                  if (!tenant) return std::unexpected(std::move(tenant.error()));
                  list.tenant = *std::move(tenant);
                  if (query.user) list.owner = query.user->value;
                }
                const WallTime now = ports_.clock.wall();
                return detail::page_of<model::Session>(
                    transaction, list, query.page, [&](const model::Session& session) {
                      return !session.revoked_at && session.expires_at > now;
                    });
              });
}

Result<void> Sessions::revoke(const Actor& actor, const model::SessionId& id) const {
  Deed deed{
      .action = "session.revoke", .target = "session:" + id.value, .tenant = {}, .details = {}};
  return change(ports_, actor, {}, std::move(deed),
                [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
                  auto session = find_session(transaction, *actor.caller, id);
                  if (!session) return std::unexpected(std::move(session.error()));
                  told.tenant = session->value.tenant.value;
                  return detail::revoke_session(transaction, *session, ports_.clock.wall());
                });
}

Result<std::size_t> Sessions::purge_expired() const {
  auto transaction = ports_.store.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const WallTime now = ports_.clock.wall();
  // A session is written last when it ends, a token when it is used, both before the absolute end.
  const WallTime ended = now - ports_.settings.session_lifetime - kKeptAfterEnd;
  const WallTime uninvited = now - kMaxInvitationLifetime - kKeptAfterEnd;
  std::size_t purged = 0;
  for (const auto& [kind, before] :
       {std::pair{storage::Kind::RefreshToken, ended}, std::pair{storage::Kind::Session, ended},
        std::pair{storage::Kind::Invitation, uninvited}}) {
    auto count = (*transaction)->purge(kind, before);
    if (!count) return count;
    purged += *count;
  }
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(std::move(done.error()));
  return purged;
}

Result<void> Sessions::remember_networks() const {
  auto transaction = ports_.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  constexpr std::uint32_t kMaxSessions = 10'000;
  storage::ListQuery query;
  query.limit = kMaxSessions;
  auto sessions = storage::list<model::Session>(**transaction, query);
  if (!sessions) return std::unexpected(std::move(sessions.error()));
  const WallTime now = ports_.clock.wall();
  for (const StoredSession& session : *sessions) {
    if (session.value.revoked_at || session.value.expires_at <= now) continue;
    ports_.guard.remember(session.value.user.value, session.value.client);
  }
  return {};
}

}  // namespace apiforge::auth::accounts
