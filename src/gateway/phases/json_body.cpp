#include "gateway/phases/json_body.hpp"

#include <algorithm>
#include <array>

namespace apiforge::gateway::phases {

bool is_json_type(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kSuffix = "+json";
  return equals_ignoring_case(type, "application/json") ||
         (type.size() > kSuffix.size() &&
          equals_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix));
}

bool describes_bytes(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"accept-ranges", "content-digest", "content-md5",
                                                   "digest", "repr-digest"};
  return std::ranges::any_of(
      kNames, [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

std::string weak_etag(std::string_view etag) {
  return etag.starts_with("W/") ? std::string(etag) : std::string("W/").append(etag);
}

}  // namespace apiforge::gateway::phases
