#include "base/json_pointer.hpp"

namespace apiforge {

std::string json_pointer_to(std::string_view parent, std::string_view token) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string take_json_pointer_token(std::string_view& pointer) {
  if (pointer.starts_with('/')) pointer.remove_prefix(1);
  std::string token;
  std::size_t i = 0;
  for (; i < pointer.size() && pointer[i] != '/'; ++i) {
    const bool escape = pointer[i] == '~' && i + 1 < pointer.size();
    if (escape) {
      token += pointer[++i] == '1' ? '/' : '~';
    } else {
      token += pointer[i];
    }
  }
  pointer.remove_prefix(i);
  return token;
}

}  // namespace apiforge
