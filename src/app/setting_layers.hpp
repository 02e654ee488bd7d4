// Where each setting's text comes from: the layers of sources, laid over each other.
// Used by settings.cpp alone; lives during one load.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"

namespace apiforge::app {

struct Assignment {
  std::string value;
  std::string source;  ///< `apiforge.yaml:7`, `.env:3`, `environment`
};

/// By the name of the setting; of several sources the strongest one's. Names that are not in the
/// table of settings are left out, empty values too.
using Assignments = std::map<std::string, Assignment, std::less<>>;

/// Lays all sources over each other. What cannot be read is added to `faults`.
Assignments gather_assignments(const SettingSources& sources, std::vector<SettingFault>& faults);

}  // namespace apiforge::app
