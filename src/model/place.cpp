#include "model/place.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"

namespace apiforge::model {
namespace {

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
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_printable(c) || c == '\t'; });
}

}  // namespace apiforge::model
