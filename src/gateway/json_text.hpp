// JSON as text: whether it is JSON, and where the members of an object lie in it, so that bodies
// pass through envelopes byte for byte (no number loses a digit). Pure; any thread.
#pragma once
#include <string_view>
#include <vector>

namespace apiforge::gateway {

/// Deeper values are no JSON here.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// One JSON text (RFC 8259) in UTF-8.
bool is_json(std::string_view text);

struct RawMember {
  std::string_view name;   ///< with quotes and escapes
  std::string_view value;  ///< the text of the value
};

/// The members of an object in order. `object` is JSON and an object, as `is_json` and its first
/// byte say.
std::vector<RawMember> members_of(std::string_view object);

}  // namespace apiforge::gateway
