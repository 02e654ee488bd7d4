#include "app/setting_layers.hpp"

#include <utility>

#include "app/dotenv.hpp"
#include "app/settings_table.hpp"
#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "declarative/document.hpp"

namespace apiforge::app {
namespace {

using declarative::Node;
using declarative::NodeKind;

using Layer = std::map<std::string, Assignment, std::less<>>;

/// Takes from a layer what the table knows. Where a setting has two names, the first one wins.
void lay_over(Assignments& assignments, const Layer& layer) {
  for (const SettingRow& row : setting_table()) {
    for (const std::string_view name : {row.name, row.alias}) {
      const auto found = layer.find(name);
      if (name.empty() || found == layer.end() || found->second.value.empty()) continue;
      assignments[std::string(row.name)] = found->second;
      break;
    }
  }
}

void unknown_setting(const declarative::MapEntry& entry, std::string source,
                     std::vector<SettingFault>& faults) {
  std::vector<std::string> names;
  for (const SettingRow& row : setting_table()) {
    if (row.in_file) names.push_back(lower_case(row.name));
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  faults.push_back({entry.key, "", std::move(source),
                    "there is no setting of this name" + did_you_mean(entry.key, candidates)});
}

/// The text of a scalar, or of a list with commas between its elements.
Result<std::string> setting_text(const Node& node, const declarative::SecretResolver* resolver) {
  if (node.kind == NodeKind::Null) return std::string();
  if (node.kind == NodeKind::Map) {
    return fail(ErrorCode::InvalidConfiguration, "expected text or a list, found a map");
  }
  if (node.kind == NodeKind::Scalar) {
    if (resolver == nullptr) return node.scalar;
    return declarative::expand_references(node.scalar, *resolver);
  }
  std::string list;
  for (const Node& item : node.items) {
    if (item.kind != NodeKind::Scalar) {
      return fail(ErrorCode::InvalidConfiguration, "expected a list of texts");
    }
    auto text = setting_text(item, resolver);
    if (!text) return text;
    list += (list.empty() ? "" : ",") + *text;
  }
  return list;
}

const SettingRow* row_in_file(std::string_view key) {
  for (const SettingRow& row : setting_table()) {
    const bool is_name = lower_case(row.name) == key;
    const bool is_alias = !row.alias.empty() && lower_case(row.alias) == key;
    if (row.in_file && (is_name || is_alias)) return &row;
  }
  return nullptr;
}

Layer yaml_layer(const SettingSources& sources, std::vector<SettingFault>& faults) {
  Layer layer;
  if (!sources.yaml_text) return layer;
  const auto source_at = [&](declarative::Position position) {
    return sources.yaml_name + ":" + std::to_string(position.line);
  };
  const auto document = declarative::parse_document(*sources.yaml_text);
  if (!document) {
    for (const auto& fault : document.error()) {
      faults.push_back({"", "", source_at(fault.position), fault.message});
    }
    return layer;
  }
  const Node* settings = document->find("settings");
  if (settings == nullptr || settings->kind == NodeKind::Null) return layer;
  if (settings->kind != NodeKind::Map) {
    faults.push_back({"", "", source_at(settings->position), "settings: expected a map"});
    return layer;
  }
  for (const auto& entry : settings->entries) {
    const std::string source = source_at(entry.key_position);
    const SettingRow* row = row_in_file(entry.key);
    if (row == nullptr) {
      unknown_setting(entry, source, faults);
      continue;
    }
    if (auto text = setting_text(entry.value, sources.resolver)) {
      const bool is_alias = lower_case(row->name) != entry.key;
      layer[std::string(is_alias ? row->alias : row->name)] = {std::move(*text), source};
    } else {
      faults.push_back({std::string(row->name), "", source, std::move(text.error().detail)});
    }
  }
  return layer;
}

Layer dotenv_layer(const SettingSources& sources, std::vector<SettingFault>& faults) {
  Layer layer;
  if (!sources.dotenv_text) return layer;
  auto entries = parse_dotenv(*sources.dotenv_text);
  if (!entries) {
    for (const auto& fault : entries.error()) {
      const std::string source = sources.dotenv_name + ":" + std::to_string(fault.line);
      faults.push_back({"", "", source, fault.message});
    }
    return layer;
  }
  for (auto& entry : *entries) {
    const std::string source = sources.dotenv_name + ":" + std::to_string(entry.line);
    layer[entry.name] = {std::move(entry.value), source};
  }
  return layer;
}

Layer environment_layer(const SettingSources& sources) {
  Layer layer;
  for (const auto& [name, value] : sources.environment) layer[name] = {value, "environment"};
  return layer;
}

}  // namespace

Assignments gather_assignments(const SettingSources& sources, std::vector<SettingFault>& faults) {
  Assignments assignments;
  lay_over(assignments, yaml_layer(sources, faults));
  lay_over(assignments, dotenv_layer(sources, faults));
  lay_over(assignments, environment_layer(sources));
  return assignments;
}

}  // namespace apiforge::app
