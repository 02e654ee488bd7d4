// Whatever arrives as an API key: the check holds for it as for every prefix, and the id is in it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/api_key_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace apiforge::auth;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool well_formed = is_well_formed_api_key(text);
  const auto id = api_key_id(text);
  require(id.has_value() == well_formed);
  if (!well_formed) return 0;
  require(text.starts_with(kApiKeyPrefix) && text.size() >= 65 && text.size() <= 66);
  require(id->size() == 20 && text.find(*id) != std::string_view::npos);
  require(!is_well_formed_api_key(text.substr(1)));
  require(!is_well_formed_api_key(text.substr(0, text.size() - 1)));
  return 0;
}
