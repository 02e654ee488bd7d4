// Keys of ZeroMQ's CURVE: encrypted connections between parties that know each other's public key
// (https://rfc.zeromq.org/spec/26). Keys are 40 characters of Z85. Values; pure but for files.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::events {

inline constexpr std::size_t kCurveKeyLength = 40;
inline constexpr std::size_t kMaxCurveClients = 1'000;

/// As configured. Of key and file one is set at most; CURVE is off when neither is.
struct CurveSettings {
  Secret secret_key{};                     ///< of this server
  std::string secret_key_file{};           ///< holds it in its first line
  std::vector<std::string> client_keys{};  ///< public keys of those who may connect
  std::string client_keys_file{};          ///< more of them, one a line; `#` begins a comment
};

struct CurveKeys {
  std::string public_key{};  ///< follows from the secret one
  Secret secret_key{};
  std::vector<std::string> clients{};  ///< sorted; nobody else may connect
};

/// nullopt when CURVE is off. InvalidConfiguration for what is no key, for clients without a server
/// key, for files that cannot be read, and when this libzmq knows no CURVE.
Result<std::optional<CurveKeys>> read_curve_keys(const CurveSettings& settings);

struct CurveKeyPair {
  std::string public_key{};
  Secret secret_key{};
};
/// A new pair, from the generator of the operating system.
Result<CurveKeyPair> make_curve_key_pair();

}  // namespace apiforge::events
