// Heads and bodies that two implementations could read in two ways: the families of RFC 9112
// section 11.2 and of past CVEs, multiplied. Values; any thread.
#pragma once
#include <string>
#include <vector>

namespace apiforge::testing_support {

struct SmugglingCase {
  std::string name;
  /// A request to /proxy/echo/victim; a sentinel request is sent behind it.
  std::string bytes;
};

/// All of them; more than 200.
std::vector<SmugglingCase> smuggling_cases();

}  // namespace apiforge::testing_support
