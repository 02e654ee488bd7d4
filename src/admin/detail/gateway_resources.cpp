#include "admin/detail/gateway_resources.hpp"

#include "admin/detail/reply.hpp"
#include "admin/detail/request_check.hpp"
#include "base/rfc3339.hpp"
#include "declarative/api_json.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;

}  // namespace

void add_origin(json::object& object, const model::TenantId& tenant, bool declared,
                WallTime created_at, WallTime updated_at) {
  object["tenant_id"] = tenant.value;
  object["source"] = declared ? "file" : "store";
  object["created_at"] = time_or_null(declared ? std::nullopt : std::optional(created_at));
  object["updated_at"] = time_or_null(declared ? std::nullopt : std::optional(updated_at));
}

json::object show(const catalogue::StoredApi& api) {
  json::object object = declarative::to_json(api.value);
  add_origin(object, api.value.tenant, api.declared, api.created_at, api.updated_at);
  return object;
}

json::object show(const catalogue::CredentialView& credential) {
  json::object fields;
  for (const auto& field : credential.shown.fields) fields[field.name] = field.masked;
  json::object object;
  object["name"] = credential.shown.name;
  object["kind"] = credential.shown.kind;
  object["fields"] = std::move(fields);
  add_origin(object, credential.tenant, credential.declared, credential.shown.created_at,
             credential.shown.updated_at);
  return object;
}

Checked<model::Api> read_api(const json::object& body) {
  auto api = declarative::api_from_json(body);
  if (!api) return std::unexpected(invalid_body(std::move(api.error())));
  return *std::move(api);
}

json::object show_route(const model::Api& api, const model::Route& route) {
  json::object headers;
  for (const auto& [name, value] : route.headers) headers[name] = value;
  json::object object;
  object["api"] = api.name;
  object["version"] = api.version;
  object["hosts"] = text_array(route.hosts);
  object["path"] = route.path;
  object["methods"] = text_array(route.methods);
  object["headers"] = std::move(headers);
  return object;
}

}  // namespace apiforge::admin
