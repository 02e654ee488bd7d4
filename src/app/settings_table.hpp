// The table of all static settings: one row each, which says how its text becomes a value, what is
// allowed, and how it is shown. Constant; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "app/settings.hpp"

namespace apiforge::app {

/// How much of a value may be shown.
enum class Exposure : std::uint8_t {
  Plain,
  Url,     ///< without the user information in it
  Secret,  ///< only that there is one
};

struct SettingRow {
  std::string_view name;
  /// Puts the value into the settings; false when it is not allowed.
  bool (*set)(const SettingRow& row, std::string_view value, Settings& settings);
  /// The value in force, as it would be written; not masked.
  std::string (*show)(const Settings& settings);
  std::string_view allowed = {};  ///< completes "must be ..."; made from the range when empty
  std::uint64_t least = 0;        ///< of a number
  std::uint64_t most = 0;
  Exposure exposure = Exposure::Plain;
  std::string_view alias = {};  ///< a second name
  bool in_file = true;          ///< may stand in the declarative file
};

std::span<const SettingRow> setting_table();

/// The row of a name, or null. Aliases are not looked at.
const SettingRow* find_setting(std::string_view name);

/// "a whole number from 0 to 65535"
std::string allowed_values(const SettingRow& row);

/// The value as it may be shown.
std::string masked(Exposure exposure, std::string_view value);

std::string_view environment_name(Environment environment);

}  // namespace apiforge::app
