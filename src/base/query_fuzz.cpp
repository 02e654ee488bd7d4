// Any bytes as a query: removal leaves none of the names, keeps the order and the bytes of the
// rest, and is idempotent; an appended pair is found again.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/query.hpp"

namespace {

constexpr std::array<std::string_view, 2> kNames{"signature", "timestamp"};

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_removed_name(std::string_view raw) {
  return apiforge::is_query_name(raw, kNames[0]) || apiforge::is_query_name(raw, kNames[1]);
}

std::string kept_pairs(std::string_view form) {
  std::string kept;
  apiforge::for_each_pair(form, [&](const apiforge::QueryPair& pair) {
    if (!has_removed_name(pair.name)) kept.append(pair.text).append("&");
  });
  return kept;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);

  std::string form = input;
  const std::size_t removed = apiforge::remove_pairs(form, kNames);
  require(form.size() <= input.size());
  require((removed == 0) == (form == input));
  require(kept_pairs(form) == kept_pairs(input));
  for (const std::string_view name : kNames) require(!apiforge::find_pair(form, name));
  require(apiforge::remove_pairs(form, kNames) == 0);

  apiforge::append_pair(form, "signature", "00ff");
  require(apiforge::find_pair(form, "signature") == "00ff");
  require(form.ends_with("signature=00ff"));

  std::string target = input;
  apiforge::remove_query_pairs(target, kNames);
  require(apiforge::path_of(target) == apiforge::path_of(input));
  apiforge::append_query_pair(target, "signature", "00ff");
  require(apiforge::find_pair(apiforge::query_of(target), "signature") == "00ff");

  // Names are compared as a strict decoder reads them, wherever one can read them.
  if (const auto decoded = apiforge::percent_decode(input)) {
    require(apiforge::is_query_name(input, *decoded));
  }
  require(apiforge::base64_decode(apiforge::base64(apiforge::bytes_of(input))) == input);
  return 0;
}
