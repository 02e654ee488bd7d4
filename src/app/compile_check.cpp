#include "app/compile_check.hpp"

#include <algorithm>
#include <utility>

#include "policy/transform.hpp"

namespace apiforge::app {

std::vector<BodyFault> compile_check(
    const model::Api& api, const std::vector<std::shared_ptr<const model::Credential>>& credentials,
    const std::vector<gateway::ConnectorEntry>& connectors) {
  if (auto fault = policy::find_fault(api.transform)) {
    return {{std::move(fault->pointer), std::move(fault->message)}};
  }
  gateway::Catalogue alone;
  auto checked = std::make_shared<model::Api>(api);
  // What leads to other versions and APIs is checked against the whole catalogue.
  checked->mirror.reset();
  checked->fallback.clear();
  checked->enabled = true;
  if (!api.credential.empty()) {
    const auto found = std::ranges::find_if(credentials, [&](const auto& credential) {
      return credential->tenant == api.tenant && credential->name == api.credential;
    });
    if (found == credentials.end()) return {};
    alone.credentials.push_back(*found);
  }
  alone.apis.push_back(std::move(checked));
  const auto compiled = gateway::compile_snapshot(alone, connectors, nullptr);
  if (compiled) return {};
  return {{"", compiled.error().detail}};
}

}  // namespace apiforge::app
