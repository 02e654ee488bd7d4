#include "app/settings.hpp"

#include <algorithm>

#include "app/setting_layers.hpp"
#include "app/setting_rules.hpp"
#include "app/settings_table.hpp"
#include "base/in_quotes.hpp"

namespace apiforge::app {
namespace {

constexpr unsigned kMaxWorkers = 256;

/// The environment decides the defaults, so it is read before all else. Nothing when it is wrong.
std::optional<Environment> read_environment(const Assignments& assignments) {
  const auto found = assignments.find("ENV");
  if (found == assignments.end()) return Environment::Development;
  const SettingRow& row = *find_setting("ENV");
  Settings settings;
  if (!row.set(row, found->second.value, settings)) return std::nullopt;
  return settings.process.environment;
}

SettingFault fault_of(const SettingRow& row, const Assignment* assignment, std::string message) {
  if (assignment == nullptr) return {std::string(row.name), "", "not set", std::move(message)};
  return {std::string(row.name), masked(row.exposure, assignment->value), assignment->source,
          std::move(message)};
}

const Assignment* assignment_of(const SettingRow& row, const Assignments& assignments) {
  const auto found = assignments.find(row.name);
  return found == assignments.end() ? nullptr : &found->second;
}

void apply(const Assignments& assignments, Settings& settings, std::vector<SettingFault>& faults) {
  for (const SettingRow& row : setting_table()) {
    const Assignment* assignment = assignment_of(row, assignments);
    if (assignment == nullptr || row.set(row, assignment->value, settings)) continue;
    faults.push_back(fault_of(row, assignment, "must be " + allowed_values(row)));
  }
}

void check_rules(const Assignments& assignments, const Settings& settings,
                 std::vector<SettingFault>& faults) {
  for (auto& broken : broken_rules(settings)) {
    const bool already_wrong =
        std::ranges::find(faults, broken.name, &SettingFault::name) != faults.end();
    if (already_wrong) continue;
    const SettingRow& row = *find_setting(broken.name);
    faults.push_back(fault_of(row, assignment_of(row, assignments), std::move(broken.message)));
  }
}

std::vector<EffectiveSetting> effective_settings(const Assignments& assignments,
                                                 const Settings& settings) {
  const std::string by_default =
      "default (" + std::string(environment_name(settings.process.environment)) + ")";
  std::vector<EffectiveSetting> effective;
  for (const SettingRow& row : setting_table()) {
    const Assignment* assignment = assignment_of(row, assignments);
    effective.push_back({row.name, masked(row.exposure, row.show(settings)),
                         assignment == nullptr ? by_default : assignment->source});
  }
  return effective;
}

}  // namespace

Settings default_settings(Environment environment, unsigned processors) {
  Settings settings;
  settings.process.environment = environment;
  settings.process.workers = std::clamp(processors, 1u, kMaxWorkers);
  switch (environment) {
    case Environment::Development:
      settings.network.upstream_allow = {*model::parse_cidr("127.0.0.0/8"),
                                         *model::parse_cidr("::1")};
      break;
    case Environment::Staging:
      settings.process.debug = false;
      settings.log.level = observe::LogLevel::Info;
      break;
    case Environment::Production:
      settings.process.debug = false;
      settings.log.level = observe::LogLevel::Warning;
      settings.listen.host = "0.0.0.0";
      settings.accounts.registration = RegistrationPolicy::Closed;
      break;
  }
  return settings;
}

std::string to_string(const SettingFault& fault) {
  std::string text = fault.name;
  if (!fault.value.empty()) text += "=" + in_quotes(fault.value);
  if (text.empty()) return fault.source + ": " + fault.message;
  return text + " (" + fault.source + "): " + fault.message;
}

std::expected<LoadedSettings, std::vector<SettingFault>> load_settings(
    const SettingSources& sources) {
  std::vector<SettingFault> faults;
  const Assignments assignments = gather_assignments(sources, faults);
  const auto environment = read_environment(assignments);
  LoadedSettings loaded;
  loaded.settings =
      default_settings(environment.value_or(Environment::Development), sources.processors);
  apply(assignments, loaded.settings, faults);
  // With a wrong ENV nobody knows which rules are meant.
  if (environment) check_rules(assignments, loaded.settings, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));

  loaded.effective = effective_settings(assignments, loaded.settings);
  loaded.notes = notes_for_production(loaded.settings);
  return loaded;
}

std::string config_file_of(const SettingSources& sources) {
  SettingSources without_file;
  without_file.environment = sources.environment;
  without_file.dotenv_text = sources.dotenv_text;
  std::vector<SettingFault> told_later;
  const Assignments assignments = gather_assignments(without_file, told_later);
  const auto found = assignments.find("CONFIG_FILE");
  return found == assignments.end() ? ProcessSettings{}.config_file : found->second.value;
}

}  // namespace apiforge::app
