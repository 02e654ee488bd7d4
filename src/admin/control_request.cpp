#include "admin/control_request.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace apiforge::admin {

std::optional<std::string_view> ControlRequest::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const auto& each) { return equals_ignoring_case(each.first, name); });
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

}  // namespace apiforge::admin
