// Documents of strangers: whatever they hold, the import ends with an Api or with faults.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalogue/openapi_import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace apiforge::catalogue;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto api = api_from_openapi(text, {.name = {}, .version = {}, .enforce = size % 2 == 0});
  if (api ? api->validation.empty() : api.error().empty()) std::abort();
  return 0;
}
