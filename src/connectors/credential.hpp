// Reading and checking the fields of a Credential when a connector is made. Errors name the field
// and never hold its value. Pure functions; start-up and configuration changes only.
#pragma once
#include <string_view>

#include "base/error.hpp"
#include "model/api.hpp"

namespace apiforge::connectors {

/// The value of a field that must be there and not be empty. Fails with InvalidConfiguration.
Result<std::string_view> required_field(const model::Credential& credential,
                                        std::string_view field);

/// As `required_field`, and the value may stand in a header field (RFC 9110 5.5): no CR, LF or
/// other control byte, no space at either end. A line break at the end is the usual slip of a file.
Result<std::string_view> header_safe_field(const model::Credential& credential,
                                           std::string_view field);

/// As `required_field`, and the value is a field name (a token, RFC 9110 5.6.2) that does not
/// decide over the framing or the routing of a message, such as `Host` or `Content-Length`.
Result<std::string_view> header_name_field(const model::Credential& credential,
                                           std::string_view field);

/// The error for a credential whose kind the connector cannot use; `kinds` are those it can.
std::unexpected<Error> unusable_kind(const model::Credential& credential,
                                     std::string_view connector, std::string_view kinds);

}  // namespace apiforge::connectors
