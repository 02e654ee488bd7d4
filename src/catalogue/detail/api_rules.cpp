#include "catalogue/detail/api_rules.hpp"

#include <algorithm>
#include <iterator>

#include "auth/vault/credential_store.hpp"
#include "base/in_quotes.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue::detail {
namespace {

std::string endpoint_pointer(std::size_t index) {
  return "/upstream/endpoints/" + std::to_string(index) + "/url";
}

void check_addresses(const Ports& ports, const model::Api& api, std::vector<BodyFault>& faults) {
  for (std::size_t i = 0; i < api.upstream.endpoints.size(); ++i) {
    const auto url = model::parse_upstream_url(api.upstream.endpoints[i].url);
    if (!url) continue;  // is a fault already
    if (auto allowed = ports.check_address(*url); !allowed) {
      faults.push_back({endpoint_pointer(i), std::move(allowed.error().detail)});
    }
  }
}

/// Looks at one Api in the light of all others.
class Neighbourhood {
 public:
  Neighbourhood(const Inventory::Reading& inventory, const model::Api& api)
      : stored_(inventory.stored()), declared_(inventory.declared()), api_(api) {}

  std::vector<BodyFault> faults() && {
    check_default();
    if (api_.mirror) check_target("/mirror", api_.name, api_.mirror->version);
    for (std::size_t i = 0; i < api_.fallback.size(); ++i) {
      const model::Fallback& step = api_.fallback[i];
      if (step.kind != model::FallbackKind::Api) continue;
      check_target("/fallback/" + std::to_string(i), step.api, step.version);
    }
    check_routes();
    return std::move(faults_);
  }

 private:
  void check_default() {
    const auto* const versions = declared_.versions_of(api_.name);
    if (!api_.is_default_version || versions == nullptr) return;
    const auto is_default = [](const auto& entry) {
      return entry.second.value->is_default_version;
    };
    if (std::ranges::any_of(*versions, is_default)) {
      faults_.push_back({"/default", "the configuration file declares another default version"});
    }
  }

  /// Whether an Api of this name can be led to: it is of the same tenant or the platform's.
  bool may_lead_to(const ApiIndex::Versions& versions) const {
    const model::TenantId& tenant = versions.begin()->second.value->tenant;
    return tenant == api_.tenant || tenant.value == model::kPlatformTenant;
  }

  void check_target(const std::string& pointer, const std::string& name,
                    const std::string& version) {
    bool is_there = false;
    bool has_version = version.empty();
    for (const ApiIndex* index : {&stored_, &declared_}) {
      const auto* const versions = index->versions_of(name);
      if (versions == nullptr || !may_lead_to(*versions)) continue;
      is_there = true;
      has_version = has_version || versions->contains(version);
    }
    const bool is_own_name = name == api_.name;
    if (!is_there && !is_own_name) {
      faults_.push_back({pointer + "/api", "there is no API " + in_quotes(name)});
    } else if (!has_version) {
      faults_.push_back({pointer + "/version",
                         "the API " + in_quotes(name) + " has no version " + in_quotes(version)});
    }
  }

  void check_routes() {
    const std::vector<model::Route> routes = model::routes_of(api_);
    for (std::size_t i = 0; i < routes.size(); ++i) {
      const std::string key = model::match_key(routes[i]);
      auto other = declared_.other_with_route(key, api_.name);
      if (!other) other = stored_.other_with_route(key, api_.name);
      if (!other) continue;
      faults_.push_back({api_.routes.empty() ? "/name" : "/routes/" + std::to_string(i),
                         "matches the same requests as a route of " + shown(*other)});
    }
  }

  /// Names of another tenant's Apis are not told.
  std::string shown(const std::string& name) const {
    for (const ApiIndex* index : {&stored_, &declared_}) {
      const auto* const versions = index->versions_of(name);
      if (versions != nullptr && versions->begin()->second.value->tenant == api_.tenant) {
        return "the API " + in_quotes(name);
      }
    }
    return "another API";
  }

  const ApiIndex& stored_;
  const ApiIndex& declared_;
  const model::Api& api_;
  std::vector<BodyFault> faults_;
};

}  // namespace

std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::Api& api) {
  auto faults = model::validate_api(api, ports.connectors);
  if (faults.empty()) faults = ports.check_compiles(api);
  check_addresses(ports, api, faults);
  return faults;
}

std::vector<BodyFault> faults_among_others(const Inventory::Reading& inventory,
                                           const model::Api& api) {
  return Neighbourhood(inventory, api).faults();
}

const model::Credential* declared_credential(const model::Configuration& file,
                                             const model::TenantId& tenant, std::string_view name) {
  if (tenant.value != model::kPlatformTenant) return nullptr;
  const auto found = std::ranges::find(file.credentials, name, &model::Credential::name);
  return found == file.credentials.end() ? nullptr : &*found;
}

Result<std::vector<BodyFault>> faults_of_credential(storage::Transaction& transaction,
                                                    const auth::Vault& vault,
                                                    const model::Configuration& file,
                                                    const model::Api& api) {
  std::vector<BodyFault> faults;
  if (api.credential.empty()) return faults;
  if (declared_credential(file, api.tenant, api.credential) != nullptr) return faults;
  const auto found = auth::CredentialStore(vault).find(transaction, api.tenant, api.credential);
  if (found) return faults;
  if (found.error().code != ErrorCode::NotFound) return std::unexpected(found.error());
  faults.push_back({"/credential", "there is no credential " + in_quotes(api.credential)});
  return faults;
}

}  // namespace apiforge::catalogue::detail
