#include "auth/accounts/detail/belongings.hpp"

namespace apiforge::auth::accounts::detail {
namespace {

constexpr std::uint32_t kAtATime = 500;

/// Calls `visit(Record)` for all records of a list; stops at its first error.
template <class Visit>
Result<void> for_each(storage::Transaction& transaction, storage::Kind kind,
                      storage::ListQuery query, const Visit& visit) {
  query.limit = kAtATime;
  for (;;) {
    auto records = transaction.list(kind, query);
    if (!records) return std::unexpected(std::move(records.error()));
    for (const storage::Record& record : *records) {
      if (Result<void> done = visit(record); !done) return done;
    }
    if (records->size() < kAtATime) return {};
    query.after = records->back().id;
  }
}

Result<void> remove_all(storage::Transaction& transaction, storage::Kind kind,
                        const storage::ListQuery& query) {
  return for_each(transaction, kind, query, [&](const storage::Record& record) {
    return transaction.remove(kind, record.id, record.revision);
  });
}

storage::ListQuery owned_by(std::string owner) {
  storage::ListQuery query;
  query.owner = std::move(owner);
  return query;
}

}  // namespace

Result<void> revoke_session(storage::Transaction& transaction,
                            storage::Stored<model::Session>& session, WallTime now) {
  if (session.value.revoked_at) return {};
  session.value.revoked_at = now;
  return storage::update(transaction, session);
}

Result<void> revoke_sessions(storage::Transaction& transaction, const model::UserId& user,
                             const std::optional<model::SessionId>& except, WallTime now) {
  return for_each(transaction, storage::Kind::Session, owned_by(user.value),
                  [&](const storage::Record& record) -> Result<void> {
                    auto session = storage::from_record<model::Session>(record);
                    if (!session) return std::unexpected(std::move(session.error()));
                    if (session->value.id == except) return {};
                    return revoke_session(transaction, *session, now);
                  });
}

Result<void> remove_belongings(storage::Transaction& transaction, const model::UserId& user) {
  const auto keys = remove_all(transaction, storage::Kind::ApiKey, owned_by(user.value));
  if (!keys) return keys;
  return for_each(transaction, storage::Kind::Session, owned_by(user.value),
                  [&](const storage::Record& session) -> Result<void> {
                    const auto tokens =
                        remove_all(transaction, storage::Kind::RefreshToken, owned_by(session.id));
                    if (!tokens) return tokens;
                    return transaction.remove(storage::Kind::Session, session.id, session.revision);
                  });
}

Result<void> remove_belongings(storage::Transaction& transaction, const model::TenantId& tenant) {
  using enum storage::Kind;
  storage::ListQuery query;
  query.tenant = tenant.value;
  for (const storage::Kind kind : {RefreshToken, Session, ApiKey, Invitation, User, Role, Api,
                                   Credential, DataKey, SigningKey, IdempotencyKey}) {
    if (auto removed = remove_all(transaction, kind, query); !removed) return removed;
  }
  return {};
}

Result<void> check_page(const PageQuery& page) {
  if (page.limit < 1 || page.limit > kMaxPage) {
    return fail(ErrorCode::InvalidParameter, "limit is a number from 1 to 500");
  }
  if (!page.after.empty() && !is_id(page.after)) {
    return fail(ErrorCode::InvalidParameter, "this cursor was not given out here");
  }
  return {};
}

}  // namespace apiforge::auth::accounts::detail
