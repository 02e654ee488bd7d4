#include "connectors/credential.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace apiforge::connectors {
namespace {

std::unexpected<Error> faulty_field(const model::Credential& credential, std::string_view field,
                                    std::string_view fault) {
  std::string detail = "credential '" + credential.name + "': field '";
  detail.append(field).append("' ").append(fault);
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const bool is_letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || kMarks.find(c) != std::string_view::npos;
}

/// Fields that the gateway itself writes or that belong to one connection (RFC 9110 7.6.1).
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kReserved{
      "connection", "content-length", "expect",  "host", "keep-alive",       "proxy-connection",
      "te",         "trailer",        "upgrade", "via",  "transfer-encoding"};
  return std::ranges::any_of(
      kReserved, [&](std::string_view reserved) { return equals_ignoring_case(name, reserved); });
}

}  // namespace

Result<std::string_view> required_field(const model::Credential& credential,
                                        std::string_view field) {
  const auto found = credential.fields.find(std::string(field));
  if (found == credential.fields.end()) return faulty_field(credential, field, "is missing");
  if (found->second.empty()) return faulty_field(credential, field, "is empty");
  return found->second.reveal();
}

Result<std::string_view> header_safe_field(const model::Credential& credential,
                                           std::string_view field) {
  const auto value = required_field(credential, field);
  if (!value) return value;
  if (std::ranges::any_of(*value, is_control)) {
    return faulty_field(credential, field, "holds a line break or another control byte");
  }
  if (value->starts_with(' ') || value->ends_with(' ')) {
    return faulty_field(credential, field, "begins or ends with a space");
  }
  return value;
}

Result<std::string_view> header_name_field(const model::Credential& credential,
                                           std::string_view field) {
  const auto name = required_field(credential, field);
  if (!name) return name;
  if (!std::ranges::all_of(*name, is_token_char)) {
    return faulty_field(credential, field, "is not a header field name");
  }
  if (is_reserved(*name)) {
    return faulty_field(credential, field, "names a header field that the gateway itself sets");
  }
  return name;
}

std::unexpected<Error> unusable_kind(const model::Credential& credential,
                                     std::string_view connector, std::string_view kinds) {
  std::string detail = "credential '" + credential.name + "' is of kind '" + credential.kind;
  detail.append("', but the connector '").append(connector).append("' takes ").append(kinds);
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

}  // namespace apiforge::connectors
