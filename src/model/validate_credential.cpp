#include <algorithm>
#include <array>
#include <span>

#include "base/nearest_name.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

using FieldRule = bool (*)(std::string_view value);

struct CredentialField {
  std::string_view name;
  FieldRule allowed;
  std::string_view rule;  ///< what `allowed` demands, for the fault
};

struct CredentialKind {
  std::string_view name;
  std::array<CredentialField, 2> fields;
  std::size_t field_count = 2;

  std::span<const CredentialField> required() const { return {fields.data(), field_count}; }
};

bool is_pem(std::string_view value) {
  return value.starts_with("-----BEGIN ");
}
bool has_no_colon(std::string_view value) {
  return is_field_value(value) && value.find(':') == std::string_view::npos;
}

constexpr CredentialField value_field(std::string_view name) {
  return {name, is_field_value, "must not be empty or hold control characters"};
}
constexpr CredentialField kNameField{"name", is_token,
                                     "must be of letters, digits and !#$%&'*+-.^_`|~ only"};
// RFC 7617 2: the first colon ends the user name.
constexpr CredentialField kUserField{"username", has_no_colon,
                                     "must not be empty or hold a colon or control characters"};
constexpr CredentialField kKeyField{"private_key", is_pem,
                                    "must be a private key in PEM form (PKCS#8)"};

constexpr std::array<CredentialKind, 6> kKinds{{
    {"header", {kNameField, value_field("value")}},
    {"bearer", {value_field("token")}, 1},
    {"basic", {kUserField, value_field("password")}},
    {"query_key", {kNameField, value_field("value")}},
    {"hmac", {value_field("key"), value_field("secret")}},
    {"ed25519", {value_field("key"), kKeyField}},
}};

std::array<std::string_view, kKinds.size()> kind_names() {
  std::array<std::string_view, kKinds.size()> names;
  std::ranges::transform(kKinds, names.begin(), &CredentialKind::name);
  return names;
}

void validate_fields(const Place& place, const CredentialKind& kind,
                     const std::map<std::string, Secret>& fields) {
  std::vector<std::string_view> names;
  for (const auto& field : kind.required()) {
    names.push_back(field.name);
    const auto found = fields.find(std::string(field.name));
    if (found == fields.end()) {
      place.member(field.name)
          .fault("is required for a credential of the kind " + std::string(kind.name));
    } else if (!field.allowed(found->second.reveal())) {
      place.member(field.name).fault(std::string(field.rule));
    }
  }
  for (const auto& [name, value] : fields) {
    if (std::ranges::find(names, name) != names.end()) continue;
    place.member(name).fault("is no field of the kind " + std::string(kind.name) +
                             did_you_mean(name, names));
  }
}

}  // namespace

void validate_credential(const Place& place, const Credential& credential) {
  const auto kind = std::ranges::find(kKinds, credential.kind, &CredentialKind::name);
  if (kind == kKinds.end()) {
    const auto names = kind_names();
    std::string list;
    for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    return place.member("kind").fault("must be one of " + list + ", not " +
                                      in_quotes(credential.kind) +
                                      did_you_mean(credential.kind, names));
  }
  validate_fields(place.member("fields"), *kind, credential.fields);
}

}  // namespace apiforge::model
