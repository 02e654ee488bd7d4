// What settings must hold together, and what production refuses. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"

namespace apiforge::app {

/// A rule that is broken, told of the setting that has to change.
struct BrokenRule {
  std::string_view name;
  std::string message;
};

std::vector<BrokenRule> broken_rules(const Settings& settings);

/// What is allowed here and would be refused in production. Empty in production.
std::vector<std::string> notes_for_production(const Settings& settings);

/// Whether a signing key is short, a sample from some document, or a short text repeated.
bool is_weak_key(std::string_view key);

}  // namespace apiforge::app
