#include "model/place.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"

namespace apiforge::model {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

}  // namespace

Place Place::member(std::string_view name) const {
  return {json_pointer_to(pointer_, name), faults_};
}

Place Place::item(std::size_t index) const {
  return member(std::to_string(index));
}

bool is_token(std::string_view text) {
  return is_name(text, text.size(), "!#$%&'*+-.^_`|~");
}

bool is_name(std::string_view text, std::size_t most, std::string_view marks) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
  });
}

bool is_json_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    const std::string_view rest = text.substr(i + 1);
    if (!rest.starts_with('0') && !rest.starts_with('1')) return false;
  }
  return true;
}

bool is_path_prefix(std::string_view text) {
  constexpr std::size_t kMaxBytes = 1'024;
  return text.starts_with('/') && text.size() <= kMaxBytes && std::ranges::all_of(text, [](char c) {
           return c > 0x20 && c < 0x7f && c != '?' && c != '#';
         });
}

bool is_field_value(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_printable(c) || c == '\t'; });
}

}  // namespace apiforge::model
