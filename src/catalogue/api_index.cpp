#include "catalogue/api_index.hpp"

#include "model/validate.hpp"

namespace apiforge::catalogue {
namespace {

/// NUL stands in no name.
std::string credential_key(const model::TenantId& tenant, std::string_view credential) {
  std::string key = tenant.value;
  key += '\0';
  key += credential;
  return key;
}

}  // namespace

std::string api_id(std::string_view name, std::string_view version) {
  std::string id(name);
  id += '@';
  id += version;
  return id;
}

std::optional<ApiIdParts> parse_api_id(std::string_view id) {
  const auto at = id.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  return ApiIdParts{id.substr(0, at), id.substr(at + 1)};
}

template <class Act>
void ApiIndex::for_each_relation(const model::Api& api, const Act& act) {
  for (const model::Route& route : model::routes_of(api)) {
    act(routes_, model::match_key(route), api.name);
  }
  const std::string id = api_id(api.name, api.version);
  if (!api.credential.empty()) act(credentials_, credential_key(api.tenant, api.credential), id);
  if (api.mirror) act(targets_, api.name, id);
  for (const model::Fallback& step : api.fallback) {
    if (step.kind == model::FallbackKind::Api) act(targets_, step.api, id);
  }
}

void ApiIndex::put(IndexedApi api) {
  const model::Api& value = *api.value;
  remove(value.name, value.version);
  for_each_relation(value, [](Relation& relation, const std::string& what, const std::string& who) {
    relation.emplace(what, who);
  });
  names_[value.name].insert_or_assign(value.version, std::move(api));
}

void ApiIndex::remove(std::string_view name, std::string_view version) {
  const auto versions = names_.find(name);
  if (versions == names_.end()) return;
  const auto found = versions->second.find(version);
  if (found == versions->second.end()) return;
  const auto take_out = [](Relation& relation, const std::string& what, const std::string& who) {
    const auto entry = relation.find({what, who});
    if (entry != relation.end()) relation.erase(entry);  // one of the equal ones
  };
  for_each_relation(*found->second.value, take_out);
  versions->second.erase(found);
  if (versions->second.empty()) names_.erase(versions);
}

const ApiIndex::Versions* ApiIndex::versions_of(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const IndexedApi* ApiIndex::find(std::string_view name, std::string_view version) const {
  const Versions* const versions = versions_of(name);
  if (versions == nullptr) return nullptr;
  const auto found = versions->find(version);
  return found == versions->end() ? nullptr : &found->second;
}

std::optional<std::string> ApiIndex::other_with_route(std::string_view key,
                                                      std::string_view name) const {
  for (auto at = routes_.lower_bound({std::string(key), ""});
       at != routes_.end() && at->first == key; ++at) {
    if (at->second != name) return at->second;
  }
  return std::nullopt;
}

std::optional<std::string> ApiIndex::user_of_credential(const model::TenantId& tenant,
                                                        std::string_view credential) const {
  const std::string key = credential_key(tenant, credential);
  const auto found = credentials_.lower_bound({key, ""});
  if (found == credentials_.end() || found->first != key) return std::nullopt;
  return found->second;
}

std::vector<std::string> ApiIndex::leading_to(std::string_view name) const {
  std::vector<std::string> ids;
  for (auto at = targets_.lower_bound({std::string(name), ""});
       at != targets_.end() && at->first == name; ++at) {
    if (ids.empty() || ids.back() != at->second) ids.push_back(at->second);
  }
  return ids;
}

}  // namespace apiforge::catalogue
