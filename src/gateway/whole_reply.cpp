#include "gateway/whole_reply.hpp"

#include "base/text.hpp"

namespace apiforge::gateway {

std::string_view WholeReply::field(std::string_view name) const {
  for (const OwnedField& field : fields) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

}  // namespace apiforge::gateway
