// The frame of every use case: who may, in which scope, in one transaction with its entry in the
// audit log. Bodies say only what is particular to them, and return a Result or a Checked. See
// ports.hpp for threads.
#pragma once
#include <string>
#include <type_traits>
#include <utility>

#include "auth/accounts/ports.hpp"
#include "auth/audit/audit_details.hpp"
#include "base/refused.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

/// What is done, for the audit log. Bodies fill in what they learn.
struct Deed {
  std::string action;   ///< `user.create`
  std::string target;   ///< `user:<id>`
  std::string tenant;   ///< empty: the caller's
  std::string details;  ///< from AuditDetails
};

/// What changed between two values, of which either may be absent. Secrets are masked.
template <class T>
std::string difference(const T* before, const T* after) {
  const auto body = [](const T* value) {
    return value == nullptr ? std::string() : storage::to_record(*value).body;
  };
  return AuditDetails().changes(body(before), body(after)).text();
}

/// `user:<id>`, `key:<id>`, the label of callers that are neither, or `anonymous`.
std::string actor_name(const Actor& actor);
/// The caller's tenant, or everything for the platform.
storage::Scope scope_of(const Caller& caller);
/// The same for whoever asks; without a caller nothing is in it.
storage::Scope own_scope(const Actor& actor);
/// AuthenticationRequired, Forbidden.
Result<void> require_permissions(const Actor& actor, model::PermissionSet permissions);
/// The caller is a user of this installation in person: no API key, no token of another issuer.
Result<void> require_user(const Actor& actor);
/// The tenant that a request is about: the caller's own unless it names another. NotFound for those
/// that the caller cannot see.
Result<model::TenantId> tenant_for(const Caller& caller,
                                   const std::optional<model::TenantId>& requested);
/// The tenant whose records a list shows: empty for all, which the platform sees when it names
/// none.
Result<std::string> tenant_filter(const Caller& caller,
                                  const std::optional<model::TenantId>& requested);
/// VersionConflict unless the revision is the expected one.
Result<void> check_version(IfMatch if_match, std::uint64_t revision);

/// Appends the entry of a change that succeeded and commits.
Result<void> finish_change(const Ports& ports, const Actor& actor,
                           storage::Transaction& transaction, const Deed& deed);
/// Appends the entry of what was refused in a transaction of its own; nothing for errors that are
/// no refusals. Should even that fail, the refusal stands all the same. Of TooManyAttempts only
/// every few seconds one, with the count.
void tell_refusal(const Ports& ports, const Actor& actor, const Deed& deed, const Error& error);
/// The same for strangers, whose refusals are counted against their network: returns `error`, or
/// TooManyAttempts when the network had too many.
std::unexpected<Error> refuse_stranger(const Ports& ports, const Actor& actor, const Deed& deed,
                                       Error error);

/// How often a change is tried again when another one came between its reading and its writing.
inline constexpr int kChangeAttempts = 3;

/// Runs `body(transaction, deed)` and commits with the audit entry. Nothing is stored unless what
/// it returns has a value.
template <class Body>
auto change_in(const Ports& ports, const Actor& actor, const storage::Scope& scope, Deed& deed,
               const Body& body)
    -> std::invoke_result_t<const Body&, storage::Transaction&, Deed&> {
  using Outcome = std::invoke_result_t<const Body&, storage::Transaction&, Deed&>;
  for (int attempt = 1;; ++attempt) {
    Outcome outcome = [&]() -> Outcome {
      auto transaction = ports.store.begin(scope, storage::Mode::Write);
      if (!transaction) return std::unexpected(std::move(transaction.error()));
      Outcome result = body(**transaction, deed);
      if (!result) return result;
      auto done = finish_change(ports, actor, **transaction, deed);
      if (!done) return std::unexpected(std::move(done.error()));
      return result;
    }();
    if (outcome || error_of(outcome).code != ErrorCode::VersionConflict ||
        attempt == kChangeAttempts) {
      return outcome;
    }
  }
}

/// The same for a caller who needs `permissions`; what is refused is told.
template <class Body>
auto change_within(const Ports& ports, const Actor& actor, model::PermissionSet permissions,
                   const storage::Scope& scope, Deed deed, const Body& body)
    -> std::invoke_result_t<const Body&, storage::Transaction&, Deed&> {
  using Outcome = std::invoke_result_t<const Body&, storage::Transaction&, Deed&>;
  auto allowed = require_permissions(actor, permissions);
  Outcome outcome = allowed ? change_in(ports, actor, scope, deed, body)
                            : Outcome(std::unexpected(std::move(allowed.error())));
  if (!outcome) tell_refusal(ports, actor, deed, error_of(outcome));
  return outcome;
}

/// The same in the scope of the caller.
template <class Body>
auto change(const Ports& ports, const Actor& actor, model::PermissionSet permissions, Deed deed,
            const Body& body) -> std::invoke_result_t<const Body&, storage::Transaction&, Deed&> {
  return change_within(ports, actor, permissions, own_scope(actor), std::move(deed), body);
}

/// A body for what is done elsewhere: its entry in the audit log is all that is stored.
inline Result<void> change_nothing(storage::Transaction&, Deed&) {
  return {};
}

/// Runs `body(transaction)` on one consistent state; what is refused is told as `deed`.
template <class Body>
auto look_within(const Ports& ports, const Actor& actor, model::PermissionSet permissions,
                 const storage::Scope& scope, const Deed& deed, const Body& body)
    -> std::invoke_result_t<const Body&, storage::Transaction&> {
  using Outcome = std::invoke_result_t<const Body&, storage::Transaction&>;
  Outcome outcome = [&]() -> Outcome {
    auto allowed = require_permissions(actor, permissions);
    if (!allowed) return std::unexpected(std::move(allowed.error()));
    auto transaction = ports.store.begin(scope, storage::Mode::Read);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    return body(**transaction);
  }();
  if (!outcome) tell_refusal(ports, actor, deed, error_of(outcome));
  return outcome;
}

/// The same in the scope of the caller.
template <class Body>
auto look(const Ports& ports, const Actor& actor, model::PermissionSet permissions,
          const Deed& deed, const Body& body)
    -> std::invoke_result_t<const Body&, storage::Transaction&> {
  return look_within(ports, actor, permissions, own_scope(actor), deed, body);
}

}  // namespace apiforge::auth::accounts
