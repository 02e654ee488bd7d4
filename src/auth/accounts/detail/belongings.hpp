// What hangs on a user or a tenant in the store, and pages of lists. In the caller's transaction.
#pragma once
#include <optional>

#include "auth/accounts/detail/rules.hpp"
#include "auth/accounts/ports.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts::detail {

/// Ends all sessions of the user but `except`.
Result<void> revoke_sessions(storage::Transaction& transaction, const model::UserId& user,
                             const std::optional<model::SessionId>& except, WallTime now);
/// Ends one; nothing when it has ended already.
Result<void> revoke_session(storage::Transaction& transaction,
                            storage::Stored<model::Session>& session, WallTime now);

/// Removes the keys, sessions and refresh tokens of a user.
Result<void> remove_belongings(storage::Transaction& transaction, const model::UserId& user);
/// Removes every record of the tenant but the tenant's own.
Result<void> remove_belongings(storage::Transaction& transaction, const model::TenantId& tenant);

/// From when on tokens count after `now`: tokens say whole seconds, so that this is the next one.
inline WallTime next_token_time(WallTime now) {
  return std::chrono::ceil<std::chrono::seconds>(now);
}

inline constexpr std::uint32_t kMaxPage = 500;

/// InvalidParameter unless the limit and the place are ones that a page can have.
Result<void> check_page(const PageQuery& page);

/// The part of a list that `page` asks for, of those values that `keep` accepts.
template <class T, class Keep>
Result<Page<storage::Stored<T>>> page_of(storage::Transaction& transaction,
                                         storage::ListQuery query, const PageQuery& page,
                                         const Keep& keep) {
  if (auto valid = check_page(page); !valid) return std::unexpected(std::move(valid.error()));
  query.after = page.after;
  query.limit = page.limit + 1;
  Page<storage::Stored<T>> result;
  for (;;) {
    auto values = storage::list<T>(transaction, query);
    if (!values) return std::unexpected(std::move(values.error()));
    const bool more = values->size() == query.limit;
    if (more) query.after = values->back().value.id.value;
    for (auto& value : *values) {
      if (!keep(value.value)) continue;
      if (result.items.size() == page.limit) {
        result.next = result.items.back().value.id.value;
        return result;
      }
      result.items.push_back(std::move(value));
    }
    if (!more) return result;
  }
}

template <class T>
Result<Page<storage::Stored<T>>> page_of(storage::Transaction& transaction,
                                         const storage::ListQuery& query, const PageQuery& page) {
  return page_of<T>(transaction, query, page, [](const T&) { return true; });
}

}  // namespace apiforge::auth::accounts::detail
