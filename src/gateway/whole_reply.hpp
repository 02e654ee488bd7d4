// WholeReply: a reply that is all here: read from an upstream, taken from the cache, or configured.
// A value; what is shared between calls is shared as const.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::gateway {

/// A field with memory of its own.
struct OwnedField {
  std::string name;
  std::string value;
  friend bool operator==(const OwnedField&, const OwnedField&) = default;
};

struct WholeReply {
  int status = 200;
  std::vector<OwnedField> fields;  ///< without framing, hop-by-hop fields and X-Request-ID
  std::string body;

  /// The value of the first field of that name (any case), or an empty view.
  std::string_view field(std::string_view name) const;
};

}  // namespace apiforge::gateway
