#include "sim/message.hpp"

#include "base/text.hpp"

namespace apiforge::sim {

std::string_view Request::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace apiforge::sim
