// The text of an API key: `afk_<environment>_<id>_<random><checksum>`. Pure but for the randomness
// of libsodium; any thread.
//
//   afk_live_0AbC...20..._xYz...30...CCCCCC
//   |   |    |            |          CRC-32 of all that stands before it, 6 base62 digits
//   |   |    |            178 bits of randomness, 30 base62 digits
//   |   |    the key's id, 20 base62 digits
//   |   live, test or dev
//   marks the text for scanners of leaked secrets
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "model/identity.hpp"

namespace apiforge::auth {

inline constexpr std::string_view kApiKeyPrefix = "afk_";

struct NewApiKey {
  Secret text;        ///< shown once, never stored
  std::string last4;  ///< of the random part, for people to tell keys apart
};

/// A new secret for the key. `environment` is `live`, `test` or `dev`; `id` comes from `make_id`.
NewApiKey make_api_key(std::string_view environment, const model::ApiKeyId& id);

/// Whether form, alphabet and checksum are right: rejects a mistyped or invented key for the cost
/// of a checksum.
bool is_well_formed_api_key(std::string_view text);

/// The id in a well-formed key; nullopt for any other text. It names a key and proves nothing.
std::optional<std::string_view> api_key_id(std::string_view text);

}  // namespace apiforge::auth
