// The declarative file: from the text of apiforge.yaml to a validated Configuration, or to all that
// is wrong with it. Used at start and by `apiforge check`; pure but for the resolver, any thread.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "declarative/secret_resolver.hpp"
#include "model/api.hpp"

namespace apiforge::declarative {

/// One fault, for a person: where, in which member, what is wrong and what is allowed. Never holds
/// the value of a credential's field or what a reference led to.
struct FileFault {
  std::string file;
  int line = 1;        ///< from 1
  int column = 1;      ///< from 1, in bytes
  std::string member;  ///< `apis[0].upstream.endpoints[0].url`; empty for the document as a whole
  std::string message;
};

/// `apiforge.yaml:12:7: apis[0].upstream.endpoints[0].url: the port must be from 1 to 65535`
std::string to_string(const FileFault& fault);

/// At most this many faults are returned; further ones only once these are mended.
inline constexpr std::size_t kMaxFaults = 100;

/// Reads and validates the file. Its members are those of the control API: `version` (1),
/// `credentials`, `apis`, `token_issuers`, `quotas`, `circuit_breakers`, `alert_rules`, and
/// `settings`, which is not read here. In every text `${env:NAME}` and `${file:path}` are replaced.
/// Faults come in the order of the file: YAML itself, unknown members and wrong types, references
/// that lead nowhere, and all that model::validate finds. `known_connectors` are the connector
/// names of this build.
std::expected<model::Configuration, std::vector<FileFault>> load_configuration(
    std::string_view text, std::string_view file_name, const SecretResolver& resolver,
    const std::vector<std::string>& known_connectors);

/// The members of a file that loads which a server keeps in its catalogue, as JSON with all
/// references replaced: what it is sent to apply them. It holds secrets.
std::expected<Secret, std::vector<FileFault>> catalogue_to_send(
    std::string_view text, std::string_view file_name, const SecretResolver& resolver,
    const std::vector<std::string>& known_connectors);

}  // namespace apiforge::declarative
