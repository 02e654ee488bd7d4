#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>

#include "base/text.hpp"
#include "declarative/api_json.hpp"
#include "declarative/format.hpp"

namespace apiforge::declarative {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeading =
    "# Written by `apiforge export`. `apiforge apply` takes it back.\n";

/// Words that YAML 1.1 or 1.2 readers take for something other than text.
constexpr std::array<std::string_view, 9> kReserved{"true", "false", "null", "yes", "no",
                                                    "on",   "off",   "y",    "n"};

bool is_safe_plain(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !is_letter(text.front())) return false;
  const bool plain = std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
  });
  return plain && std::ranges::find(kReserved, lower_case(text)) == kReserved.end();
}

/// A text that is read back as it is: `${` would be taken for a reference.
std::string without_references(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') result += '$';
    result += text[i];
  }
  return result;
}

/// As people write it: `0.5`, not `5E-1`.
std::string shortest(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

enum class References : std::uint8_t {
  AreMeant,
  AreText,
  AreMeantInSecrets  ///< in members of this name; elsewhere they are text
};

References references_in(std::string_view member, References around) {
  if (around != References::AreMeantInSecrets) return around;
  return member == "secret" ? References::AreMeant : around;
}

void emit(YAML::Emitter& out, const json::value& value, References references) {
  switch (value.kind()) {
    case json::kind::object:
      out << YAML::BeginMap;
      for (const auto& [key, member] : value.get_object()) {
        out << YAML::Key;
        emit(out, json::value(key), References::AreText);
        out << YAML::Value;
        emit(out, member, references_in(key, references));
      }
      out << YAML::EndMap;
      return;
    case json::kind::array:
      if (value.get_array().empty()) out << YAML::Flow;  // `[]` in the line of its key
      out << YAML::BeginSeq;
      for (const json::value& item : value.get_array()) emit(out, item, references);
      out << YAML::EndSeq;
      return;
    case json::kind::string: {
      const std::string_view text = value.get_string();
      if (!is_safe_plain(text)) out << YAML::DoubleQuoted;
      out << (references == References::AreMeant ? std::string(text) : without_references(text));
      return;
    }
    case json::kind::null:
      out << YAML::Null;
      return;
    case json::kind::double_:
      out << shortest(value.get_double());
      return;
    default:
      out << json::serialize(value);
  }
}

template <class T>
std::vector<T> of_platform(const std::vector<T>& all) {
  std::vector<T> own;
  std::ranges::copy_if(all, std::back_inserter(own),
                       [](const T& value) { return value.tenant.value == model::kPlatformTenant; });
  return own;
}

References references_of(std::string_view member) {
  if (member == "credentials") return References::AreMeant;
  return member == "alert_rules" ? References::AreMeantInSecrets : References::AreText;
}

}  // namespace

std::string to_yaml(const model::Configuration& configuration) {
  model::Configuration own;
  own.named = configuration.named;
  own.apis = of_platform(configuration.apis);
  own.credentials = of_platform(configuration.credentials);
  own.token_issuers = configuration.token_issuers;
  own.quotas = of_platform(configuration.quotas);
  own.circuit_breakers = of_platform(configuration.circuit_breakers);
  own.alert_rules = of_platform(configuration.alert_rules);
  YAML::Emitter out;
  out << YAML::BeginMap;
  for (const auto& [key, value] : write_configuration(own)) {
    out << YAML::Key << std::string(key) << YAML::Value;
    emit(out, value, references_of(key));
  }
  out << YAML::EndMap;
  return std::string(kHeading) + out.c_str() + "\n";
}

}  // namespace apiforge::declarative
