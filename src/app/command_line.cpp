#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "app/allocator.hpp"
#include "app/commands.hpp"
#include "app/preparation.hpp"
#include "app/process_hardening.hpp"
#include "app/server.hpp"
#include "app/version.hpp"
#include "model/validate.hpp"

namespace apiforge::app {
namespace {

/// What may be meant so, and may be a slip of the pen: APIs can also be stored.
void print_rules_of_no_api(const model::Configuration& file) {
  const auto has_api = [&file](std::string_view name, std::string_view version) {
    return std::ranges::any_of(file.apis, [&](const model::Api& api) {
      return api.name == name && (version.empty() || api.version == version);
    });
  };
  for (const model::Fault& fault : model::rules_of_no_api(file, has_api)) {
    std::cout << "note: " << fault.pointer << ": " << fault.message
              << " in the file; unless it is stored, the rule holds for nothing\n";
  }
}

int check(const std::string& config_option, bool show) {
  Preparation prepared;
  if (const int status = prepare(config_option, prepared); status != 0) return status;
  if (show) {
    for (const auto& setting : prepared.loaded.effective) {
      std::cout << setting.name << '=' << setting.value << "  # " << setting.source << '\n';
    }
  }
  for (const auto& note : prepared.loaded.notes) std::cout << "note: " << note << '\n';
  print_rules_of_no_api(*prepared.source->current());
  const auto compiled = gateway::compile_snapshot(
      gateway::catalogue_of(*prepared.source->current()), prepared.connectors, nullptr);
  if (!compiled)
    return print_faults({prepared.source->file().string() + ": " + compiled.error().detail});
  const auto& snapshot = **compiled;
  std::cout << prepared.source->file().string() << ": good; " << snapshot.apis.size() << " APIs, "
            << snapshot.routes->size() << " routes\n";
  return 0;
}

int serve(const std::string& config_option) {
  free_evenly();
  Preparation prepared;
  if (const int status = prepare(config_option, prepared); status != 0) return status;
  const SystemClock clock;
  const Settings& settings = prepared.loaded.settings;
  live_with_limited_files();
  if (settings.process.environment == Environment::Production) {
    if (auto done = forbid_core_dumps(); !done) return print_error(done.error());
  }
  Server server(settings, prepared, clock);
  if (const auto started = server.start(); !started) {
    return print_error(started.error());
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
  Command chosen;
  serve_command->callback([&] { chosen = [&] { return serve(config); }; });
  check_command->callback([&] { chosen = [&] { return check(config, show); }; });
  add_account_commands(program, chosen);
  add_catalogue_commands(program, chosen);
  add_maintenance_commands(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kExitUsage;
  }
  return chosen();
}

}  // namespace apiforge::app
