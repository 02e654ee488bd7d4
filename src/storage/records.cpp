#include "storage/records.hpp"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include "base/text.hpp"
#include "storage/detail/body_fields.hpp"
#include "storage/detail/body_reader.hpp"
#include "storage/detail/body_writer.hpp"

namespace apiforge::storage {
namespace {

using detail::BodyReader;
using detail::BodyWriter;

/// A body of usual size is parsed without asking the heap.
constexpr std::size_t kParseBuffer = 4'096;

template <class T, class Fields>
Record record_of(const T& value, std::string id, std::string owner, Fields fields) {
  BodyWriter writer;
  fields(writer, value);
  Record record;
  record.kind = kKindOf<T>;
  record.id = std::move(id);
  record.owner = std::move(owner);
  record.body = writer.text();
  return record;
}

/// Fails for logs with the place alone: a body may hold what must not be shown.
std::unexpected<Error> unreadable(const Record& record, std::string_view what) {
  return fail(ErrorCode::SealedDataUnreadable, "A stored record cannot be read.",
              std::string(name_of(record.kind)) + " " + record.id + ": " + std::string(what));
}

/// Fills `value`, whose id, tenant and owner are set already, from the body.
template <class T, class Fields>
Result<Stored<T>> value_of(const Record& record, T value, Fields fields) {
  if (record.kind != kKindOf<T>) return unreadable(record, "is of another kind");
  std::array<unsigned char, kParseBuffer> buffer;
  boost::json::monotonic_resource memory(buffer.data(), buffer.size());
  boost::json::error_code error;
  const boost::json::value json = boost::json::parse(record.body, error, &memory);
  if (error || !json.is_object()) return unreadable(record, "the body is no JSON object");
  BodyReader reader(json.get_object());
  fields(reader, value);
  if (const auto fault = reader.fault()) return unreadable(record, *fault);
  return Stored<T>{std::move(value), record.revision, record.created_at, record.updated_at};
}

// Generic lambdas name overload sets, so that each kind's fields serve both directions.
constexpr auto kTenantFields = [](auto& visit, auto& value) {
  detail::tenant_fields(visit, value);
};
constexpr auto kUserFields = [](auto& visit, auto& value) { detail::user_fields(visit, value); };
constexpr auto kApiKeyFields = [](auto& visit, auto& value) {
  detail::api_key_fields(visit, value);
};
constexpr auto kSessionFields = [](auto& visit, auto& value) {
  detail::session_fields(visit, value);
};
constexpr auto kRefreshTokenFields = [](auto& visit, auto& value) {
  detail::refresh_token_fields(visit, value);
};
constexpr auto kInvitationFields = [](auto& visit, auto& value) {
  detail::invitation_fields(visit, value);
};
constexpr auto kRoleFields = [](auto& visit, auto& value) { detail::role_fields(visit, value); };

}  // namespace

std::string role_record_id(const model::TenantId& tenant, std::string_view name) {
  // Neither part can hold a slash, so two roles never share an id.
  return tenant.value + "/" + std::string(name);
}

template <>
Record to_record(const model::Tenant& tenant) {
  Record record = record_of(tenant, tenant.id.value, {}, kTenantFields);
  record.tenant = tenant.id.value;
  record.names = {tenant.name};
  return record;
}

template <>
Record to_record(const model::User& user) {
  Record record = record_of(user, user.id.value, {}, kUserFields);
  record.tenant = user.tenant.value;
  record.names = {lower_case(user.username)};
  // A user without an email must not take the empty one from others.
  if (!user.email.empty()) record.names.push_back(lower_case(user.email));
  return record;
}

template <>
Record to_record(const model::ApiKey& key) {
  Record record = record_of(key, key.id.value, key.owner.value, kApiKeyFields);
  record.tenant = key.tenant.value;
  return record;
}

template <>
Record to_record(const model::Session& session) {
  Record record = record_of(session, session.id.value, session.user.value, kSessionFields);
  record.tenant = session.tenant.value;
  return record;
}

template <>
Record to_record(const model::RefreshToken& token) {
  Record record = record_of(token, token.digest, token.session.value, kRefreshTokenFields);
  record.tenant = token.tenant.value;
  return record;
}

template <>
Record to_record(const model::Invitation& invitation) {
  Record record = record_of(invitation, invitation.id.value, {}, kInvitationFields);
  record.tenant = invitation.tenant.value;
  record.names = {invitation.digest};
  return record;
}

template <>
Record to_record(const model::Role& role) {
  Record record = record_of(role, role_record_id(role.tenant, role.name), {}, kRoleFields);
  record.tenant = role.tenant.value;
  return record;
}

template <>
Result<Stored<model::Tenant>> from_record(const Record& record) {
  model::Tenant tenant;
  tenant.id.value = record.id;
  return value_of(record, std::move(tenant), kTenantFields);
}

template <>
Result<Stored<model::User>> from_record(const Record& record) {
  model::User user;
  user.id.value = record.id;
  user.tenant.value = record.tenant;
  return value_of(record, std::move(user), kUserFields);
}

template <>
Result<Stored<model::ApiKey>> from_record(const Record& record) {
  model::ApiKey key;
  key.id.value = record.id;
  key.tenant.value = record.tenant;
  key.owner.value = record.owner;
  return value_of(record, std::move(key), kApiKeyFields);
}

template <>
Result<Stored<model::Session>> from_record(const Record& record) {
  model::Session session;
  session.id.value = record.id;
  session.tenant.value = record.tenant;
  session.user.value = record.owner;
  return value_of(record, std::move(session), kSessionFields);
}

template <>
Result<Stored<model::RefreshToken>> from_record(const Record& record) {
  model::RefreshToken token;
  token.digest = record.id;
  token.tenant.value = record.tenant;
  token.session.value = record.owner;
  return value_of(record, std::move(token), kRefreshTokenFields);
}

template <>
Result<Stored<model::Invitation>> from_record(const Record& record) {
  model::Invitation invitation;
  invitation.id.value = record.id;
  invitation.tenant.value = record.tenant;
  return value_of(record, std::move(invitation), kInvitationFields);
}

template <>
Result<Stored<model::Role>> from_record(const Record& record) {
  model::Role role;
  role.tenant.value = record.tenant;
  return value_of(record, std::move(role), kRoleFields);
}

}  // namespace apiforge::storage
