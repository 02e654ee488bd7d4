#include "admin/cursor.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace apiforge::admin {
namespace {

constexpr std::string_view kVersion = "1:";
constexpr std::size_t kMaxCursor = 512;

}  // namespace

std::string make_cursor(std::string_view last_id) {
  std::string text = base64(bytes_of(std::string(kVersion).append(last_id)));
  text.resize(text.find_last_not_of('=') + 1);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<std::string> read_cursor(std::string_view cursor) {
  const auto invalid = [] {
    return fail(ErrorCode::InvalidParameter, "the cursor is not one that a list has given out");
  };
  if (cursor.size() > kMaxCursor || cursor.find_first_of("+/=") != std::string_view::npos) {
    return invalid();
  }
  std::string text(cursor);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  const auto plain = base64_decode(text);
  if (!plain || !plain->starts_with(kVersion) || plain->size() == kVersion.size()) return invalid();
  return plain->substr(kVersion.size());
}

}  // namespace apiforge::admin
