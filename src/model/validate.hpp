// Validation of a Configuration, independent of where it was read from. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "model/api.hpp"

namespace apiforge::model {

/// One fault. `pointer` is a JSON pointer (RFC 6901) into the configuration, for example
/// `/apis/3/upstream/endpoints/0/url`; `message` says what is wrong and what is allowed.
struct Fault {
  std::string pointer;
  std::string message;
};

/// All faults, not only the first; empty when the configuration is sound. Checked are names,
/// ranges, URLs, duplicates, references to credentials, routes, that a credential has its fields,
/// and that it is clear what the tokens of an issuer are worth. `known_connectors` are the
/// connector names of this build.
std::vector<Fault> validate(const Configuration& configuration,
                            const std::vector<std::string>& known_connectors);

}  // namespace apiforge::model
