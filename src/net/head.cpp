#include "net/head.hpp"

#include <array>

#include "base/text.hpp"

namespace apiforge::net {

std::string_view method_name(Method method) {
  static constexpr std::array<std::string_view, kMethodCount> kNames{
      "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "OTHER"};
  return kNames[static_cast<std::size_t>(method)];
}

std::string_view find_field(std::span<const Field> fields, std::string_view name) {
  for (const Field& field : fields) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

const Field* find_field(std::span<const Field> fields, FieldId id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

}  // namespace apiforge::net
