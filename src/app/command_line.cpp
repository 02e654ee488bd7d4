#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/connector_list.hpp"
#include "app/server.hpp"
#include "app/settings.hpp"
#include "app/version.hpp"

extern char** environ;

namespace apiforge::app {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitConfiguration = 78;

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

int print_faults(const auto& faults) {
  for (const auto& fault : faults) std::cerr << "apiforge: " << fault << '\n';
  return kExitConfiguration;
}

// What both commands begin with: settings and a configuration, or an explanation on stderr.
struct Prepared {
  std::unique_ptr<declarative::SystemSecretResolver> resolver;
  std::vector<gateway::ConnectorEntry> connectors = connector_list();
  LoadedSettings loaded;
  std::unique_ptr<ConfigurationSource> source;
};

int prepare(const std::string& config_option, Prepared& out) {
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
  out.source = std::make_unique<ConfigurationSource>(out.loaded.settings.process.config_file,
                                                     out.connectors, *out.resolver);
  const auto snapshot = out.source->load();
  return snapshot ? 0 : print_faults(snapshot.error());
}

int check(const std::string& config_option, bool show) {
  Prepared prepared;
  if (const int status = prepare(config_option, prepared); status != 0) return status;
  if (show) {
    for (const auto& setting : prepared.loaded.effective) {
      std::cout << setting.name << '=' << setting.value << "  # " << setting.source << '\n';
    }
  }
  for (const auto& note : prepared.loaded.notes) std::cout << "note: " << note << '\n';
  const auto& snapshot = *prepared.source->current();
  std::cout << prepared.source->file().string() << ": good; " << snapshot.apis.size() << " APIs, "
            << snapshot.routes.size() << " routes\n";
  return 0;
}

int serve(const std::string& config_option) {
  Prepared prepared;
  if (const int status = prepare(config_option, prepared); status != 0) return status;
  const SystemClock clock;
  const Settings& settings = prepared.loaded.settings;
  Server server(settings, *prepared.source, clock);
  if (const auto started = server.start(); !started) {
    return print_faults(std::vector{started.error().detail});
  }
  const bool tls = !settings.listen.tls_cert_file.empty();
  std::cout << "listening on " << (tls ? "https://" : "http://") << settings.listen.host << ':'
            << server.port() << std::endl;
  server.run();
  return 0;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App program(
      "APIForge: the one door through which a team's programs call every API they need");
  program.set_version_flag("--version", std::string("apiforge ") + kVersion);
  program.require_subcommand(1);
  std::string config;
  bool show = false;
  auto* serve_command = program.add_subcommand("serve", "Serve the APIs of the declarative file");
  serve_command->add_option("--config", config, "The declarative file (default: apiforge.yaml)");
  auto* check_command = program.add_subcommand("check", "Validate settings and file, then exit");
  check_command->add_option("--config", config, "The declarative file (default: apiforge.yaml)");
  check_command->add_flag("--show", show, "Also print the effective settings and their sources");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kExitUsage;
  }
  return check_command->parsed() ? check(config, show) : serve(config);
}

}  // namespace apiforge::app
