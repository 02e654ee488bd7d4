#include "gateway/snapshot.hpp"

#include <algorithm>

#include "gateway/api_compiler.hpp"
#include "gateway/limit_compiler.hpp"
#include "policy/hash.hpp"

namespace apiforge::gateway {
namespace {

using model::Api;
using ApiPtr = std::shared_ptr<const CompiledApi>;

class SnapshotCompiler {
 public:
  SnapshotCompiler(const Catalogue& catalogue, const std::vector<ConnectorEntry>& connectors,
                   const Snapshot* previous)
      : catalogue_(catalogue),
        apis_(connectors, previous),
        breakers_(catalogue.breakers),
        previous_(previous),
        next_(std::make_shared<Snapshot>()) {
    for (const auto& credential : catalogue.credentials) {
      credentials_.emplace(credential->tenant.value + "/" + credential->name, credential);
    }
    next_->revision = 1;
    if (!previous) return;
    next_->revision = previous->revision + 1;
    next_->by_slot.assign(previous->by_slot.size(), kNone);
    next_->last_number = previous->last_number;
  }

  Result<std::shared_ptr<const Snapshot>> compile() {
    if (auto done = add_apis(); !done) return std::unexpected(std::move(done.error()));
    for (VersionGroup& group : next_->groups) finish_group(group);
    for (std::uint32_t i = 0; i < next_->groups.size(); ++i) add_routes(i);
    if (auto done = build_table(); !done) return std::unexpected(std::move(done.error()));
    next_->compiled_limits =
        compile_limits(catalogue_, previous_ ? previous_->compiled_limits : nullptr);
    next_->limits = next_->compiled_limits->book;
    return next_;
  }

 private:
  Result<void> build_table() {
    const std::vector<const CompiledRoute*>& routes = next_->sources;
    const auto is_same_route = [](const CompiledRoute* a, const CompiledRoute* b) {
      return a == b || a->route == b->route;
    };
    if (previous_ && std::ranges::equal(routes, previous_->sources, is_same_route)) {
      next_->routes = previous_->routes;
      return {};
    }
    std::vector<policy::RouteEntry> entries;
    entries.reserve(routes.size());
    for (std::uint32_t i = 0; i < routes.size(); ++i) {
      entries.push_back({&routes[i]->route, i, routes[i]->label});
    }
    auto table = policy::RouteTable::build(entries);
    if (!table) return std::unexpected(std::move(table.error()));
    next_->routes = std::make_shared<const policy::RouteTable>(*std::move(table));
    return {};
  }

  Result<void> add_apis() {
    next_->apis.reserve(catalogue_.apis.size());
    next_->group_by_name.reserve(catalogue_.apis.size());
    for (const auto& api : catalogue_.apis) {
      if (!api->enabled) continue;
      auto compiled = compile_one(api);
      if (!compiled) {
        return fail(compiled.error().code, "api '" + api->name + "': " + compiled.error().detail);
      }
      add_to_group(**compiled, static_cast<std::uint32_t>(next_->apis.size()));
      next_->apis.push_back(*std::move(compiled));
    }
    give_slots();
    return {};
  }

  Result<ApiPtr> compile_one(const std::shared_ptr<const Api>& api) {
    std::shared_ptr<const model::Credential> credential;
    if (!api->credential.empty()) {
      const auto found = credentials_.find(api->tenant.value + "/" + api->credential);
      if (found != credentials_.end()) credential = found->second;
    }
    ApiPtr before = compiled_before(*api);
    const CompiledApi* older = before.get();
    BreakerRulePair breakers = breakers_.rules_of(*api);
    if (older && is_same(older->source, api) && is_same(older->credential, credential) &&
        is_same(older->breaker_rules.api, breakers.api) &&
        is_same(older->breaker_rules.endpoint, breakers.endpoint)) {
      return before;
    }
    auto compiled = apis_.compile(api, std::move(credential), std::move(breakers), older);
    if (!compiled) return std::unexpected(std::move(compiled.error()));
    if (older) {
      (*compiled)->slot = older->slot;
      (*compiled)->number = older->number;
    } else {
      new_ones_.push_back(*compiled);
    }
    return *std::move(compiled);
  }

  ApiPtr compiled_before(const Api& api) const {
    const VersionGroup* group = previous_ ? previous_->find_group(api.name) : nullptr;
    const std::uint32_t index = group ? previous_->find_version(*group, api.version) : kNone;
    return index == kNone ? nullptr : previous_->apis[index];
  }

  // The pointer says it all but for configurations that were read anew.
  template <class Value>
  static bool is_same(const std::shared_ptr<const Value>& a,
                      const std::shared_ptr<const Value>& b) {
    return a == b || (a && b && *a == *b);
  }

  void give_slots() {
    std::vector<std::uint32_t>& slots = next_->by_slot;
    std::uint32_t free = 0;
    for (const auto& api : next_->apis) {
      if (api->slot != kNone) slots[api->slot] = 0;  // taken
    }
    for (const auto& api : new_ones_) {
      while (free < slots.size() && slots[free] != kNone) ++free;
      api->slot = free;
      api->number = ++next_->last_number;
      if (free == slots.size()) slots.push_back(kNone);
      slots[free] = 0;
    }
    for (std::uint32_t i = 0; i < next_->apis.size(); ++i) slots[next_->apis[i]->slot] = i;
    while (!slots.empty() && slots.back() == kNone) slots.pop_back();
  }

  void add_to_group(const CompiledApi& api, std::uint32_t index) {
    const auto place = static_cast<std::uint32_t>(next_->groups.size());
    const auto [group, is_new] = next_->group_by_name.emplace(api.config.name, place);
    if (is_new) next_->groups.emplace_back();
    next_->groups[group->second].versions.push_back(index);
  }

  const Api& api_at(std::uint32_t index) const { return next_->apis[index]->config; }

  void finish_group(VersionGroup& group) {
    if (group.versions.size() == 1) {
      group.default_version = group.versions.front();
      return;
    }
    for (const std::uint32_t index : group.versions) {
      if (api_at(index).is_default_version) group.default_version = index;
    }
    group.choice = add_choice(group.versions);
  }

  /// The weights of these versions, or kNone when they have none.
  std::uint32_t add_choice(const std::vector<std::uint32_t>& versions) {
    std::vector<std::uint32_t> weights;
    for (const std::uint32_t index : versions) weights.push_back(api_at(index).traffic_weight);
    policy::VersionChoice choice(weights);
    if (!choice.is_weighted()) return kNone;
    const std::uint64_t salt = policy::hash_bytes(api_at(versions.front()).name);
    next_->choices.push_back({std::move(choice), versions, salt});
    return static_cast<std::uint32_t>(next_->choices.size() - 1);
  }

  // A route that several versions of a name have is one route, and leads to all of them.
  void add_routes(std::uint32_t group_index) {
    const VersionGroup& group = next_->groups[group_index];
    std::vector<std::pair<const CompiledRoute*, std::vector<std::uint32_t>>> merged;
    for (const std::uint32_t index : group.versions) {
      for (const CompiledRoute& route : next_->apis[index]->routes) {
        const auto same = std::ranges::find_if(merged, [&](const auto& each) {
          return group.versions.size() > 1 && each.second.back() != index &&
                 each.first->route == route.route;
        });
        if (same != merged.end()) {
          same->second.push_back(index);
        } else {
          merged.push_back({&route, {index}});
        }
      }
    }
    for (const auto& [route, owners] : merged) {
      RouteTarget target{.api = owners.front(), .group = group_index, .pinned = route->pinned};
      if (owners.size() > 1) {
        target.api = std::ranges::find(owners, group.default_version) != owners.end()
                         ? group.default_version
                         : kNone;
        target.choice = owners.size() == group.versions.size() ? group.choice : add_choice(owners);
      }
      next_->sources.push_back(route);
      next_->targets.push_back(target);
    }
  }
  const Catalogue& catalogue_;
  ApiCompiler apis_;
  BreakerRules breakers_;
  const Snapshot* previous_;
  std::shared_ptr<Snapshot> next_;
  std::unordered_map<std::string, std::shared_ptr<const model::Credential>> credentials_;
  std::vector<std::shared_ptr<CompiledApi>> new_ones_;  // without a slot yet
};

}  // namespace

Catalogue catalogue_of(const model::Configuration& configuration) {
  Catalogue catalogue;
  for (const auto& api : configuration.apis) {
    catalogue.apis.push_back(std::make_shared<const Api>(api));
  }
  for (const auto& credential : configuration.credentials) {
    catalogue.credentials.push_back(std::make_shared<const model::Credential>(credential));
  }
  for (const auto& quota : configuration.quotas) {
    catalogue.quotas.push_back(std::make_shared<const model::Quota>(quota));
  }
  for (const auto& rule : configuration.circuit_breakers) {
    catalogue.breakers.push_back(std::make_shared<const model::BreakerRule>(rule));
  }
  return catalogue;
}

const VersionGroup* Snapshot::find_group(std::string_view name) const {
  const auto found = group_by_name.find(name);
  return found == group_by_name.end() ? nullptr : &groups[found->second];
}

std::uint32_t Snapshot::find_version(const VersionGroup& group, std::string_view version) const {
  for (const std::uint32_t index : group.versions) {
    if (apis[index]->config.version == version) return index;
  }
  return kNone;
}

std::vector<quota::BreakerView> breaker_views(const Snapshot& snapshot) {
  std::vector<quota::BreakerView> views;
  for (const auto& api : snapshot.apis) {
    const auto add = [&](std::string_view endpoint,
                         const std::shared_ptr<policy::Breaker>& breaker) {
      views.push_back({.tenant = api->config.tenant,
                       .api = api->config.name,
                       .version = api->config.version,
                       .endpoint = std::string(endpoint),
                       .breaker = breaker});
    };
    if (api->breaker) add({}, api->breaker);
    for (auto endpoint = api->endpoints.begin(); endpoint != api->endpoints.end(); ++endpoint) {
      const auto is_twin = [&](const CompiledEndpoint& other) {
        return other.url == endpoint->url;
      };
      if (!endpoint->breaker || std::any_of(api->endpoints.begin(), endpoint, is_twin)) continue;
      add(endpoint->url, endpoint->breaker);
    }
  }
  return views;
}

Result<std::shared_ptr<const Snapshot>> compile_snapshot(
    const Catalogue& catalogue, const std::vector<ConnectorEntry>& connectors,
    const Snapshot* previous) {
  return SnapshotCompiler(catalogue, connectors, previous).compile();
}

}  // namespace apiforge::gateway
