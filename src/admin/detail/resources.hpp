// How the values of the Authentication Center look in replies. Never a secret, a digest or a hash
// of a password. Pure; any thread.
#pragma once
#include <boost/json/object.hpp>
#include <string_view>

#include "auth/accounts/accounts.hpp"
#include "auth/audit/audit_verify.hpp"
#include "storage/records.hpp"

namespace apiforge::admin {

boost::json::object show(const storage::Stored<model::User>& user);
boost::json::object show(const storage::Stored<model::Tenant>& tenant);
boost::json::object show(const storage::Stored<model::Role>& role);
boost::json::object show(const auth::accounts::RoleView& role);
boost::json::object show(const storage::Stored<model::Invitation>& invitation);
boost::json::object show(const auth::accounts::Profile& profile);
/// `current`: the session that asks.
boost::json::object show(const storage::Stored<model::Session>& session, bool current);
/// `environment`: the second part of keys' texts.
boost::json::object show(const auth::accounts::ApiKeyView& key, std::string_view environment);
boost::json::object show(const storage::AuditEntry& entry);
boost::json::object show(const auth::AuditReport& report);
boost::json::object show(const auth::accounts::TokenPair& pair);

}  // namespace apiforge::admin
