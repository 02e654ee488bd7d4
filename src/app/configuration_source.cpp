#include "app/configuration_source.hpp"

#include <fstream>
#include <sstream>

namespace apiforge::app {

ConfigurationSource::ConfigurationSource(std::filesystem::path file, Presence presence,
                                         std::vector<std::string> connectors,
                                         const declarative::SecretResolver& resolver)
    : file_(std::move(file)),
      presence_(presence),
      connectors_(std::move(connectors)),
      resolver_(resolver) {}

std::expected<std::shared_ptr<const model::Configuration>, ConfigurationSource::Faults>
ConfigurationSource::load() {
  loaded_ = stamp_of(file_);
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    std::error_code ignored;
    const bool missing = !std::filesystem::exists(file_, ignored) && !was_there_;
    if (missing && presence_ == Presence::Optional) {
      current_ = std::make_shared<const model::Configuration>();
      return current_;
    }
    return std::unexpected(
        Faults{file_.string() + ": cannot be read; name it with --config or CONFIG_FILE"});
  }
  was_there_ = true;
  std::ostringstream text;
  text << in.rdbuf();
  auto configuration =
      declarative::load_configuration(text.str(), file_.string(), resolver_, connectors_);
  if (!configuration) {
    Faults faults;
    for (const auto& fault : configuration.error()) faults.push_back(declarative::to_string(fault));
    return std::unexpected(std::move(faults));
  }
  current_ = std::make_shared<const model::Configuration>(*std::move(configuration));
  return current_;
}

bool ConfigurationSource::changed() const {
  return stamp_of(file_) != loaded_;
}

}  // namespace apiforge::app
