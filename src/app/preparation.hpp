// What every command begins with: the settings, and the declarative file where one is needed. Main
// thread, before there are others.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/configuration_source.hpp"
#include "app/settings.hpp"
#include "gateway/snapshot.hpp"

namespace apiforge::app {

inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 64;          // EX_USAGE of sysexits.h
inline constexpr int kExitConfiguration = 78;  // EX_CONFIG

struct Preparation {
  std::unique_ptr<declarative::SystemSecretResolver> resolver;
  std::vector<gateway::ConnectorEntry> connectors;
  LoadedSettings loaded;
  std::unique_ptr<ConfigurationSource> source;  ///< null after `prepare_settings`
};

/// Reads the settings from the environment, `.env` and the declarative file, which may be missing.
/// 0, or the exit status after the faults were written to stderr.
int prepare_settings(const std::string& config_option, Preparation& out);
/// The same, and loads the declarative file. It may be missing when nothing names it: then there
/// are the stored APIs only.
int prepare(const std::string& config_option, Preparation& out);

/// Writes `apiforge: <fault>` lines to stderr; gives kExitConfiguration.
int print_faults(const std::vector<std::string>& faults);
/// The same for one error, with its context; the status is kExitConfiguration for a wrong
/// configuration and kExitFailure for anything else.
int print_error(const Error& error);

}  // namespace apiforge::app
