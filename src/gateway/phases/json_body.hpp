// Whether a message has a JSON body that can be changed, and what then becomes of the fields that
// describe its bytes. Part of `shape` and `reshape`. Pure; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace apiforge::gateway::phases {

enum class JsonBody : std::uint8_t {
  No,       ///< no JSON: passes as it is
  Yes,      ///< `application/json` or a type that ends in `+json` (RFC 6839 3.1)
  Encoded,  ///< JSON in a Content-Encoding
  Unclear   ///< several types, of which readers may take either
};

/// Whether a Content-Type is JSON.
bool is_json_type(std::string_view content_type);

/// Fields that are true of some bytes only and do not survive their change: digests (RFC 9530),
/// `Content-MD5`, and what offers ranges.
bool describes_bytes(std::string_view name);

/// The validator of a changed reply (RFC 9110 8.8): equal in meaning, not in bytes.
std::string weak_etag(std::string_view etag);

/// By the fields of a message; `Fields` are anything with name and value.
template <class Fields>
JsonBody json_body_of(const Fields& fields) {
  int types = 0;
  bool json = false;
  bool encoded = false;
  for (const auto& field : fields) {
    if (equals_ignoring_case(field.name, "content-type")) {
      ++types;
      json = json || is_json_type(field.value);
    } else if (equals_ignoring_case(field.name, "content-encoding")) {
      encoded = encoded || !equals_ignoring_case(field.value, "identity");
    }
  }
  if (!json) return JsonBody::No;
  if (types > 1) return JsonBody::Unclear;
  return encoded ? JsonBody::Encoded : JsonBody::Yes;
}

}  // namespace apiforge::gateway::phases
