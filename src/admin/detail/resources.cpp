#include "admin/detail/resources.hpp"

#include <boost/json/parse.hpp>

#include "admin/detail/reply.hpp"
#include "auth/api_key_text.hpp"
#include "base/rfc3339.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;

template <class T>
void add_times(json::object& object, const storage::Stored<T>& stored) {
  object["created_at"] = format_rfc3339(stored.created_at);
  object["updated_at"] = format_rfc3339(stored.updated_at);
}

json::array permission_names(model::PermissionSet permissions) {
  return text_array(model::names_of(permissions));
}

json::object show_role(const model::Role& role, bool built_in) {
  json::object object;
  object["name"] = role.name;
  object["description"] = role.description;
  object["permissions"] = permission_names(role.permissions);
  object["built_in"] = built_in;
  return object;
}

}  // namespace

json::object show(const storage::Stored<model::User>& user) {
  json::object object;
  object["id"] = user.value.id.value;
  object["username"] = user.value.username;
  object["email"] = user.value.email;
  object["tenant_id"] = user.value.tenant.value;
  object["roles"] = text_array(user.value.roles);
  object["disabled"] = user.value.disabled;
  object["last_login_at"] = time_or_null(user.value.last_login_at);
  add_times(object, user);
  return object;
}

json::object show(const storage::Stored<model::Tenant>& tenant) {
  json::object object;
  object["id"] = tenant.value.id.value;
  object["name"] = tenant.value.name;
  object["suspended"] = tenant.value.suspended;
  add_times(object, tenant);
  return object;
}

json::object show(const storage::Stored<model::Role>& role) {
  json::object object = show_role(role.value, false);
  object["tenant_id"] = role.value.tenant.value;
  add_times(object, role);
  return object;
}

json::object show(const auth::accounts::RoleView& role) {
  return role.built_in ? show_role(role.role.value, true) : show(role.role);
}

json::object show(const storage::Stored<model::Invitation>& invitation) {
  json::object object;
  object["id"] = invitation.value.id.value;
  object["email"] = invitation.value.email;
  object["tenant_id"] = invitation.value.tenant.value;
  object["roles"] = text_array(invitation.value.roles);
  object["expires_at"] = format_rfc3339(invitation.value.expires_at);
  object["used_at"] = time_or_null(invitation.value.used_at);
  object["created_at"] = format_rfc3339(invitation.created_at);
  return object;
}

json::object show(const auth::accounts::Profile& profile) {
  json::object object = show(profile.user);
  object.erase("disabled");
  object["permissions"] = permission_names(profile.permissions);
  return object;
}

json::object show(const storage::Stored<model::Session>& session, bool current) {
  json::object object;
  object["id"] = session.value.id.value;
  object["user_id"] = session.value.user.value;
  object["tenant_id"] = session.value.tenant.value;
  object["client"] = session.value.client;
  object["user_agent"] = session.value.user_agent;
  object["current"] = current;
  object["created_at"] = format_rfc3339(session.created_at);
  object["expires_at"] = format_rfc3339(session.value.expires_at);
  return object;
}

json::object show(const auth::accounts::ApiKeyView& view, std::string_view environment) {
  const model::ApiKey& key = view.key.value;
  json::array networks;
  for (const model::Cidr& network : key.allowed_cidrs) networks.emplace_back(to_string(network));
  json::object object;
  object["id"] = key.id.value;
  object["name"] = key.name;
  object["owner_id"] = key.owner.value;
  object["tenant_id"] = key.tenant.value;
  object["prefix"] =
      std::string(auth::kApiKeyPrefix).append(environment).append("_").append(key.id.value);
  object["last4"] = key.secrets.empty() ? "" : key.secrets.front().last4;
  object["scopes"] = permission_names(key.scopes);
  object["apis"] = text_array(key.apis);
  object["allowed_cidrs"] = std::move(networks);
  object["expires_at"] = time_or_null(key.expires_at);
  object["previous_valid_until"] =
      key.secrets.size() > 1 ? time_or_null(key.secrets[1].until) : json::value(nullptr);
  object["last_used_at"] = time_or_null(view.last_used_at);
  add_times(object, view.key);
  return object;
}

json::object show(const storage::AuditEntry& entry) {
  boost::system::error_code error;
  json::value details = json::parse(entry.details, error);
  json::object object;
  object["seq"] = entry.seq;
  object["at"] = format_rfc3339(entry.at);
  object["tenant_id"] = entry.tenant;
  object["actor"] = entry.actor;
  object["action"] = entry.action;
  object["target"] = entry.target;
  object["outcome"] = entry.outcome;
  object["client"] = entry.client;
  object["details"] = error || !details.is_object() ? json::object() : std::move(details);
  object["hash"] = entry.hash;
  return object;
}

json::object show(const auth::AuditReport& report) {
  json::object object;
  object["ok"] = report.ok;
  object["entries"] = report.entries;
  object["checkpoints"] = report.checkpoints;
  object["covered"] = report.covered;
  object["first_bad_seq"] = report.ok ? json::value(nullptr) : json::value(report.first_bad_seq);
  object["reason"] = report.ok ? json::value(nullptr) : json::value(report.reason);
  return object;
}

json::object show(const auth::accounts::TokenPair& pair) {
  json::object object;
  object["access_token"] = pair.access_token.reveal();
  object["refresh_token"] = pair.refresh_token.reveal();
  object["token_type"] = "Bearer";
  object["expires_in"] = pair.expires_in.count();
  return object;
}

}  // namespace apiforge::admin
