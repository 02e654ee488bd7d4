// Any bytes are a Configuration or faults with places, in bounded time, and never end the process.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "declarative/load.hpp"

using namespace apiforge;
using namespace apiforge::declarative;

namespace {

class FixedResolver final : public SecretResolver {
 public:
  Result<std::string> from_environment(std::string_view name) const override {
    return std::string(name.substr(0, 3));
  }
  Result<std::string> from_file(std::string_view) const override {
    return fail(ErrorCode::InvalidConfiguration, "there are no files here");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = load_configuration(text, "fuzz.yaml", FixedResolver{}, {"http"});
  if (result) return 0;
  if (result.error().empty() || result.error().size() > kMaxFaults) std::abort();
  for (const auto& fault : result.error()) {
    if (to_string(fault).empty() || fault.line < 1 || fault.column < 1) std::abort();
  }
  return 0;
}
