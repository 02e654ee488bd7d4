// Finds the pieces of JSON texts that are known to be valid, without decoding them. On others the
// pieces mean nothing, but all lie within the text. Pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace apiforge::policy {

struct JsonChild {
  std::string_view name;  ///< of a member: its JSON string, with its quotes; of an element: empty
  std::string_view text;  ///< the value, without surrounding white space
};

/// The members of an object or the elements of an array, one after the other.
class JsonChildren {
 public:
  /// `container` is an object or an array without surrounding white space.
  explicit JsonChildren(std::string_view container);
  std::optional<JsonChild> next();

 private:
  void skip_space();
  std::string_view take_string();
  std::string_view take_value();

  std::string_view text_;
  std::size_t at_ = 1;
  bool has_names_;
};

/// Whether a JSON string (with its quotes) stands for this text.
bool is_json_string(std::string_view quoted, std::string_view text);

/// A JSON text without white space around it.
std::string_view trim_json(std::string_view text);

}  // namespace apiforge::policy
