// Arbitrary hosts, paths and methods against a table with every kind of condition: the walk stays
// within its bounds, and what it answers fits the path.
#include <cstdint>
#include <cstdlib>

#include "policy/route_table.hpp"

namespace {

using namespace apiforge;

policy::RouteTable make_table() {
  model::Route wildcard{{"*.example.com"}, "/a/{x}/{y}", {"GET"}, {{"x-v", "1"}}, true};
  model::Route literal{{}, "/a/b", {}, {}, true};
  model::Route deep{{"h"}, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", {"POST"}, {}, true};
  const policy::RouteEntry entries[] = {{&wildcard, 0, "w"}, {&literal, 1, "l"}, {&deep, 2, "d"}};
  auto table = policy::RouteTable::build(entries);
  if (!table) std::abort();
  return std::move(*table);
}

std::string_view always_one(const void*, std::string_view) {
  return "1";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::RouteTable table = make_table();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto host = input.substr(0, input.find(' '));
  auto rest = input.substr(std::min(input.size(), host.size() + 1));
  const auto method = rest.substr(0, rest.find(' '));
  const auto path = rest.substr(std::min(rest.size(), method.size() + 1));

  const auto result = table.match({host, path, method, {always_one, nullptr}});
  if (!result.match) return 0;
  if (result.match->prefix_length > path.size() || result.allowed_methods != 0) std::abort();
  for (const auto& [name, value] : result.match->params()) {
    const bool inside = value.data() >= path.data() &&
                        value.data() + value.size() <= path.data() + result.match->prefix_length;
    if (name.empty() || value.empty() || !inside) std::abort();
  }
  return 0;
}
