#include "auth/accounts/change.hpp"

#include "auth/access.hpp"
#include "auth/audit/audit_log.hpp"

namespace apiforge::auth::accounts {
namespace {

AuditEvent event_of(const Actor& actor, const Deed& deed) {
  AuditEvent event;
  event.tenant = deed.tenant;
  if (event.tenant.empty() && actor.caller != nullptr) event.tenant = actor.caller->tenant.value;
  event.actor = actor_name(actor);
  event.action = deed.action;
  event.target = deed.target;
  event.client = actor.client;
  event.details = deed.details;
  return event;
}

bool is_refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::AuthenticationRequired:
    case ErrorCode::InvalidCredential:
    case ErrorCode::Forbidden:
    case ErrorCode::RegistrationClosed:
    case ErrorCode::NotFound:
    case ErrorCode::LastAdministrator:
    case ErrorCode::TooManyAttempts:
      return true;
    default:
      return false;
  }
}

Result<void> append_refusal(const Ports& ports, const AuditEvent& event) {
  auto transaction = ports.store.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto appended = append_audit(**transaction, event, ports.clock.wall());
  if (!appended) return appended;
  return (*transaction)->commit();
}

}  // namespace

std::string actor_name(const Actor& actor) {
  if (actor.caller == nullptr) return "anonymous";
  const Caller& caller = *actor.caller;
  if (caller.key) return "key:" + caller.key->value;
  if (caller.user.empty() || caller.external) return caller.label;
  return "user:" + caller.user.value;
}

storage::Scope own_scope(const Actor& actor) {
  return actor.caller == nullptr ? storage::Scope::of("-") : scope_of(*actor.caller);
}

storage::Scope scope_of(const Caller& caller) {
  if (may(caller, model::Permission::PlatformManage)) return storage::Scope::platform();
  return storage::Scope::of(caller.tenant.value);
}

Result<void> require_permissions(const Actor& actor, model::PermissionSet permissions) {
  if (actor.caller == nullptr) {
    return fail(ErrorCode::AuthenticationRequired, "log in or use an API key");
  }
  // An empty tenant would be the scope of the platform.
  if (actor.caller->tenant.empty()) return fail(ErrorCode::Forbidden, "the caller has no tenant");
  return require(*actor.caller, permissions);
}

Result<void> require_user(const Actor& actor) {
  if (auto known = require_permissions(actor, {}); !known) return known;
  if (!actor.caller->key && !actor.caller->external && !actor.caller->user.empty()) return {};
  return fail(ErrorCode::Forbidden, "only a user who has logged in here may do this");
}

Result<model::TenantId> tenant_for(const Caller& caller,
                                   const std::optional<model::TenantId>& requested) {
  if (!requested || *requested == caller.tenant) return caller.tenant;
  if (may(caller, model::Permission::PlatformManage)) return *requested;
  return fail(ErrorCode::NotFound, "there is no such tenant");
}

Result<std::string> tenant_filter(const Caller& caller,
                                  const std::optional<model::TenantId>& requested) {
  if (!requested && may(caller, model::Permission::PlatformManage)) return std::string();
  auto tenant = tenant_for(caller, requested);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  return tenant->value;
}

Result<void> check_version(IfMatch if_match, std::uint64_t revision) {
  if (!if_match || *if_match == revision) return {};
  return fail(ErrorCode::VersionConflict, "it was changed meanwhile; read it again");
}

Result<void> finish_change(const Ports& ports, const Actor& actor,
                           storage::Transaction& transaction, const Deed& deed) {
  auto appended = append_audit(transaction, event_of(actor, deed), ports.clock.wall());
  if (!appended) return appended;
  return transaction.commit();
}

void tell_refusal(const Ports& ports, const Actor& actor, const Deed& deed, const Error& error) {
  if (!is_refusal(error.code)) return;
  AuditEvent event = event_of(actor, deed);
  event.outcome = error.info().name;
  AuditDetails details;
  if (error.code == ErrorCode::TooManyAttempts) {
    const std::uint64_t refusals = ports.guard.take_unreported_refusals();
    if (refusals == 0) return;
    details.fact("refusals", static_cast<std::int64_t>(refusals));
  }
  details.fact("reason", error.detail);
  event.details = details.text();
  // The refusal stands whether or not it could be told.
  [[maybe_unused]] const auto told = append_refusal(ports, event);
}

std::unexpected<Error> refuse_stranger(const Ports& ports, const Actor& actor, const Deed& deed,
                                       Error error) {
  if (auto counted = ports.guard.count_failure(actor.client); !counted) {
    error = std::move(counted.error());
  }
  tell_refusal(ports, actor, deed, error);
  return std::unexpected(std::move(error));
}

}  // namespace apiforge::auth::accounts
