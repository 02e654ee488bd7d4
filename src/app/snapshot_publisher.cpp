#include "app/snapshot_publisher.hpp"

#include <malloc.h>

#include <span>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "model/validate.hpp"

namespace apiforge::app {
namespace {

/// Appends what is stored and what the file does not have by the same key.
template <class T, class Key>
void add_stored(std::vector<std::shared_ptr<const T>>& all,
                const std::vector<std::shared_ptr<const T>>& stored, Key key_of) {
  std::set<decltype(key_of(*stored.front()))> declared;
  for (const auto& value : all) declared.insert(key_of(*value));
  for (const auto& value : stored) {
    if (!declared.contains(key_of(*value))) all.push_back(value);
  }
}

/// What the file does not have: of a name that it declares, no stored version counts.
gateway::Catalogue joined(const gateway::Catalogue& declared,
                          const catalogue::StoredCatalogue& stored) {
  gateway::Catalogue all = declared;
  std::unordered_set<std::string_view> names;
  for (const auto& api : declared.apis) names.insert(api->name);
  for (const auto& api : stored.apis) {
    if (!names.contains(api->name)) all.apis.push_back(api);
  }
  const auto by_name = [](const auto& value) {
    return std::pair<std::string_view, std::string_view>(value.tenant.value, value.name);
  };
  add_stored(all.credentials, stored.credentials, by_name);
  add_stored(all.quotas, stored.quotas, by_name);
  add_stored(all.breakers, stored.breakers, [](const model::BreakerRule& rule) {
    return std::tuple<std::string_view, std::string_view, model::BreakerScope>(
        rule.api, rule.version, rule.scope);
  });
  return all;
}

std::string label(const model::Api& api) {
  return api.name + "@" + api.version;
}

}  // namespace

SnapshotPublisher::SnapshotPublisher(const std::vector<gateway::ConnectorEntry>& connectors,
                                     observe::Log& log, std::uint32_t default_rate, Deliver deliver)
    : connectors_(connectors),
      log_(log),
      default_rate_(default_rate),
      deliver_(std::move(deliver)),
      stored_(std::make_shared<const catalogue::StoredCatalogue>()) {}

Result<void> SnapshotPublisher::declare(std::shared_ptr<const model::Configuration> configuration) {
  const std::lock_guard lock(working_);
  const gateway::Catalogue declared = gateway::catalogue_of(*configuration);
  auto done = publish(std::move(configuration), declared, stored_);
  if (done) declared_apis_ = declared;
  malloc_trim(0);  // the document of thousands of APIs, and what they were before, are gone
  return done;
}

void SnapshotPublisher::store(std::shared_ptr<const catalogue::StoredCatalogue> stored) {
  const std::lock_guard lock(working_);
  stored_ = std::move(stored);
  has_store_ = true;
  const auto done = publish(declared(), declared_apis_, stored_);
  if (!done) log_.error("the catalogue cannot be served", {{"reason", done.error().detail}});
}

Result<std::shared_ptr<const gateway::Snapshot>> SnapshotPublisher::compile(
    const gateway::Catalogue& catalogue) {
  const auto before = current();
  return gateway::compile_snapshot(catalogue, connectors_, before.get());
}

Result<void> SnapshotPublisher::publish(
    std::shared_ptr<const model::Configuration> configuration, const gateway::Catalogue& declared,
    const std::shared_ptr<const catalogue::StoredCatalogue>& stored) {
  gateway::Catalogue all = joined(declared, *stored);
  all.default_rate = default_rate_;
  std::vector<LeftOut> left_out;
  auto snapshot = compile(all);
  if (!snapshot) {
    gateway::Catalogue sound = all;
    sound.apis.resize(declared.apis.size());
    // What the file declares is never left out.
    if (auto alone = compile(sound); !alone) return std::unexpected(std::move(alone.error()));
    take_sound(sound, std::span(all.apis).subspan(declared.apis.size()), left_out);
    snapshot = compile(sound);
  }
  if (!snapshot) return std::unexpected(std::move(snapshot.error()));
  tell(left_out);
  if (has_store_) {
    tell_idle_rules(*configuration, all);
    tell_hidden_quotas(declared, *stored);
  }
  const auto before = current();  // freed here, when no worker uses it any more
  {
    const std::lock_guard lock(mutex_);
    declared_ = std::move(configuration);
    current_ = *snapshot;
    left_out_ = left_out.size();
  }
  deliver_(*snapshot);
  return {};
}

// Halves what does not compile until single APIs are left: few are wrong, and compiling is quick.
void SnapshotPublisher::take_sound(gateway::Catalogue& sound,
                                   std::span<const std::shared_ptr<const model::Api>> apis,
                                   std::vector<LeftOut>& left_out) {
  if (apis.empty()) return;
  const std::size_t before = sound.apis.size();
  sound.apis.insert(sound.apis.end(), apis.begin(), apis.end());
  auto compiled = compile(sound);
  if (compiled) return;
  sound.apis.resize(before);
  if (apis.size() == 1) {
    left_out.push_back({apis.front(), std::move(compiled.error())});
    return;
  }
  take_sound(sound, apis.first(apis.size() / 2), left_out);
  take_sound(sound, apis.subspan(apis.size() / 2), left_out);
}

void SnapshotPublisher::tell(const std::vector<LeftOut>& left_out) {
  std::set<std::string> names;
  for (const auto& [api, reason] : left_out) {
    names.insert(label(*api));
    if (told_.contains(label(*api))) continue;
    log_.error("an API of the catalogue is not served",
               {{"api", api->name}, {"version", api->version}, {"reason", reason.detail}});
  }
  told_ = std::move(names);
}

void SnapshotPublisher::tell_idle_rules(const model::Configuration& file,
                                        const gateway::Catalogue& all) {
  if (file.quotas.empty() && file.circuit_breakers.empty()) return told_idle_.clear();
  std::set<std::pair<std::string_view, std::string_view>> versions;  // and one without, of each
  for (const auto& api : all.apis) {
    versions.emplace(api->name, api->version);
    versions.emplace(api->name, std::string_view());
  }
  const auto has_api = [&](std::string_view name, std::string_view version) {
    return versions.contains({name, version});
  };
  std::set<std::string> idle;
  for (const model::Fault& fault : model::rules_of_no_api(file, has_api)) {
    idle.insert(fault.pointer + ": " + fault.message);
  }
  for (const std::string& rule : idle) {
    if (told_idle_.contains(rule)) continue;
    log_.warning("a rule of the configuration file holds for nothing", {{"reason", rule}});
  }
  told_idle_ = std::move(idle);
}

void SnapshotPublisher::tell_hidden_quotas(const gateway::Catalogue& declared,
                                           const catalogue::StoredCatalogue& stored) {
  std::set<std::string_view> names;  // all the platform's
  for (const auto& quota : declared.quotas) names.insert(quota->name);
  std::set<std::string> hidden;
  for (const auto& quota : stored.quotas) {
    if (quota->tenant.value != model::kPlatformTenant || !names.contains(quota->name)) continue;
    hidden.insert(quota->name);
    if (told_hidden_.contains(quota->name)) continue;
    log_.warning("a stored quota holds for nothing: the configuration file has one of its name",
                 {{"quota", quota->name}});
  }
  told_hidden_ = std::move(hidden);
}

std::shared_ptr<const gateway::Snapshot> SnapshotPublisher::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::size_t SnapshotPublisher::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

std::shared_ptr<const model::Configuration> SnapshotPublisher::declared() const {
  const std::lock_guard lock(mutex_);
  return declared_;
}

}  // namespace apiforge::app
