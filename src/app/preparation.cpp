#include "app/preparation.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include "app/connector_list.hpp"

extern char** environ;

namespace apiforge::app {
namespace {

std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return variables;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

int print_faults(const std::vector<std::string>& faults) {
  for (const auto& fault : faults) std::cerr << "apiforge: " << fault << '\n';
  return kExitConfiguration;
}

int print_error(const Error& error) {
  std::string text = error.detail.empty() ? std::string(error.info().title) : error.detail;
  if (!error.context.empty()) text += " (" + error.context + ")";
  print_faults({text});
  return error.code == ErrorCode::InvalidConfiguration ? kExitConfiguration : kExitFailure;
}

int prepare_settings(const std::string& config_option, Preparation& out) {
  SettingSources sources;
  sources.environment = read_environment();
  sources.dotenv_text = read_file(".env");
  if (!config_option.empty()) sources.environment["CONFIG_FILE"] = config_option;
  const std::string config_file = config_file_of(sources);
  sources.yaml_text = read_file(config_file);
  sources.yaml_name = config_file;
  out.resolver = std::make_unique<declarative::SystemSecretResolver>(sources.environment);
  sources.resolver = out.resolver.get();
  auto settings = load_settings(sources);
  if (!settings) {
    std::vector<std::string> faults;
    for (const auto& fault : settings.error()) faults.push_back(to_string(fault));
    return print_faults(faults);
  }
  out.loaded = *std::move(settings);
  return 0;
}

int prepare(const std::string& config_option, Preparation& out) {
  if (const int status = prepare_settings(config_option, out); status != 0) return status;
  out.connectors = connector_list();
  std::vector<std::string> names;
  for (const auto& connector : out.connectors) names.emplace_back(connector.name);
  const std::string& file = out.loaded.settings.process.config_file;
  const bool is_named = !config_option.empty() || file != ProcessSettings{}.config_file;
  using Presence = ConfigurationSource::Presence;
  out.source = std::make_unique<ConfigurationSource>(
      file, is_named ? Presence::Required : Presence::Optional, std::move(names), *out.resolver);
  const auto loaded = out.source->load();
  return loaded ? 0 : print_faults(loaded.error());
}

}  // namespace apiforge::app
