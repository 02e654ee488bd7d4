// CompactToken: a signed token (RFC 7515 3.1) taken apart and its header read, before any key is
// looked at. Views into the text that it was read from. Pure; any thread.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "auth/signing_keys.hpp"

namespace apiforge::auth {

/// Why a token is not accepted: a text for logs, of static storage, that tells nothing of the
/// token.
using Refusal = std::string_view;
template <class T>
using OrRefusal = std::expected<T, Refusal>;

struct TokenHeader {
  TokenAlgorithm algorithm = TokenAlgorithm::Hs256;
  std::string key_id;  ///< empty when it names none
  std::string type;    ///< empty when it has none
};

struct CompactToken {
  std::string_view text;           ///< the whole token
  std::string_view signing_input;  ///< the first two parts and the dot between them
  TokenHeader header;
  std::string payload;    ///< decoded
  std::string signature;  ///< decoded
};

/// Takes a token of at most kMaxTokenBytes apart. Refuses what is not three canonical base64url
/// parts, a header that is no strict JSON, an algorithm that is not one of TokenAlgorithm (`none`
/// is not), and headers that would bring their own key or change how the rest is read: jwk, jku,
/// x5u, x5c, crit, b64, zip, enc (RFC 8725 3.10).
OrRefusal<CompactToken> read_compact_token(std::string_view text);

}  // namespace apiforge::auth
