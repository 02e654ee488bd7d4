#include "app/configuration_source.hpp"

#include <fstream>
#include <sstream>

namespace apiforge::app {

ConfigurationSource::ConfigurationSource(std::filesystem::path file,
                                         const std::vector<gateway::ConnectorEntry>& connectors,
                                         const declarative::SecretResolver& resolver)
    : file_(std::move(file)), connectors_(connectors), resolver_(resolver) {}

std::expected<std::shared_ptr<const gateway::Snapshot>, ConfigurationSource::Faults>
ConfigurationSource::load() {
  loaded_ = stamp_of(file_);
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    return std::unexpected(
        Faults{file_.string() + ": cannot be read; name it with --config or CONFIG_FILE"});
  }
  std::ostringstream text;
  text << in.rdbuf();
  std::vector<std::string> names;
  for (const auto& connector : connectors_) names.emplace_back(connector.name);
  auto configuration =
      declarative::load_configuration(text.str(), file_.string(), resolver_, names);
  if (!configuration) {
    Faults faults;
    for (const auto& fault : configuration.error()) faults.push_back(declarative::to_string(fault));
    return std::unexpected(std::move(faults));
  }
  auto snapshot = gateway::compile_snapshot(*configuration, connectors_, current_.get());
  if (!snapshot) {
    return std::unexpected(Faults{file_.string() + ": " + snapshot.error().detail});
  }
  current_ = *snapshot;
  token_issuers_ = std::move(configuration->token_issuers);
  return current_;
}

bool ConfigurationSource::changed() const {
  return stamp_of(file_) != loaded_;
}

}  // namespace apiforge::app
