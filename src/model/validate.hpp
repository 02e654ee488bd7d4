// Validation of a Configuration or of one of its parts, independent of where it was read from.
// Pure; any thread.
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
/// ranges, URLs, duplicates, references to credentials and other Apis, routes, that a credential
/// has its fields, and that it is clear what the tokens of an issuer are worth. `known_connectors`
/// are the connector names of this build.
std::vector<Fault> validate(const Configuration& configuration,
                            const std::vector<std::string>& known_connectors);

/// The faults of one Api in itself, with pointers into it (`/upstream/endpoints/0/url`): all but
/// those of its neighbourhood, which are duplicates, routes of others, and what it refers to.
std::vector<Fault> validate_api(const Api& api, const std::vector<std::string>& known_connectors);

/// The faults of one credential in itself, with pointers into it (`/fields/secret`). No value of a
/// field is told.
std::vector<Fault> validate_credential(const Credential& credential);

/// The routes of an Api, with the one that is implied when it names none.
std::vector<Route> routes_of(const Api& api);

/// One spelling of what a route matches: routes with the same key match the same requests. Versions
/// of one name may share routes; two names may not, for then one is never reached.
std::string match_key(const Route& route);

}  // namespace apiforge::model
