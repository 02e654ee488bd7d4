// Whatever arrives as a target: either it is refused, or its path has one reading only.
#include <cstdint>
#include <cstdlib>

#include "policy/canonical_target.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using apiforge::policy::canonicalize_target;
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  std::string storage;
  const auto result = canonicalize_target(target, "OPTIONS", storage);
  if (!result || result->path == "*") return 0;

  const std::string path(result->path);
  require(path.starts_with('/'));
  for (const auto* trick :
       {"//", "/./", "/../", "\\", "%2F", "%2f", "%5C", "%5c", "%00", "/;", "#"}) {
    require(path.find(trick) == std::string::npos);
  }
  require(!path.ends_with("/.") && !path.ends_with("/.."));
  for (const char c : path) require(c > 0x20 && c < 0x7F && c != '?');

  std::string again_storage;
  const std::string whole = path + "?" + std::string(result->query);
  const auto again = canonicalize_target(whole, "GET", again_storage);
  require(again && again->path == path && again->query == result->query);
  require(again_storage.empty() || path.find('%') != std::string::npos ||
          path.find("/.") != std::string::npos);
  return 0;
}
