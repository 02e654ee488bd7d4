#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

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

enum class References : std::uint8_t { AreMeant, AreText };

void emit(YAML::Emitter& out, const json::value& value, References references) {
  switch (value.kind()) {
    case json::kind::object:
      out << YAML::BeginMap;
      for (const auto& [key, member] : value.get_object()) {
        out << YAML::Key;
        emit(out, json::value(key), References::AreText);
        out << YAML::Value;
        emit(out, member, references);
      }
      out << YAML::EndMap;
      return;
    case json::kind::array:
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
    default:
      out << json::serialize(value);
  }
}

}  // namespace

std::string to_yaml(const model::Configuration& configuration) {
  model::Configuration own;
  for (const auto& api : configuration.apis) {
    if (api.tenant.value == model::kPlatformTenant) own.apis.push_back(api);
  }
  for (const auto& credential : configuration.credentials) {
    if (credential.tenant.value == model::kPlatformTenant) own.credentials.push_back(credential);
  }
  own.token_issuers = configuration.token_issuers;
  YAML::Emitter out;
  out << YAML::BeginMap;
  for (const auto& [key, value] : write_configuration(own)) {
    out << YAML::Key << std::string(key) << YAML::Value;
    emit(out, value, key == "credentials" ? References::AreMeant : References::AreText);
  }
  out << YAML::EndMap;
  return std::string(kHeading) + out.c_str() + "\n";
}

}  // namespace apiforge::declarative
