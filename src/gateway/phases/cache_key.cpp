#include "gateway/phases/cache_key.hpp"

#include "gateway/cache/kept_reply.hpp"

namespace apiforge::gateway::phases {
namespace {

void append_number(std::uint64_t number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void append_part(std::string_view part, std::string& out) {
  const auto size = static_cast<std::uint32_t>(part.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  out.append(part);
}

// A stranger is none of the tenants' callers, and shares with strangers only.
void append_owner(const auth::Caller* caller, model::CacheScope scope, std::string& out) {
  if (scope == model::CacheScope::Shared) {
    out += 's';
    return;
  }
  if (caller == nullptr) {
    out += 'n';
    return;
  }
  out += scope == model::CacheScope::Tenant ? 't' : 'c';
  append_part(caller->tenant.value, out);
  if (scope == model::CacheScope::Tenant) return;
  if (caller->key) {
    out += 'k';
    append_part(caller->key->value, out);
  } else {
    out += caller->external ? 'x' : 'u';
    append_part(caller->user.value, out);
  }
}

}  // namespace

void write_cache_key(const Call& call, std::uint64_t api_id, std::string& out) {
  const model::Api& api = call.config().config;
  const model::CachePolicy& policy = *api.cache;
  out.clear();
  append_number(api_id, out);
  append_owner(call.caller.get(), policy.scope, out);
  if (api.kind == model::ApiKind::Http) {
    out += call.is_tls ? '+' : '-';
    append_part(call.host, out);
  }
  append_part(call.upstream_path(), out);
  append_part(call.upstream_query(), out);
  if (policy.key_headers.empty()) return;
  std::vector<net::Field> storage;
  const auto fields = cached_fields(call, storage);
  for (const std::string& name : policy.key_headers) {
    const cache::SelectingField field = cache::selecting_field(name, fields);
    out += field.present ? '+' : '-';
    append_part(field.value, out);
  }
}

std::span<const net::Field> cached_fields(const Call& call, std::vector<net::Field>& storage) {
  if (!call.outgoing.changed) return call.request().fields;
  storage.clear();
  for (const OwnedField& field : call.outgoing.fields) {
    storage.push_back({field.name, field.value, net::FieldId::Other});
  }
  return storage;
}

policy::RequestFacts request_facts(const Call& call, std::span<const net::Field> fields) {
  policy::RequestFacts facts;
  for (const net::Field& field : fields) {
    if (call.authorization_is_ours && field.id == net::FieldId::Authorization) continue;
    policy::read_request_field(field.name, field.value, facts);
  }
  return facts;
}

}  // namespace apiforge::gateway::phases
