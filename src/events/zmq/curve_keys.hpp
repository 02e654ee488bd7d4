// Keys of ZeroMQ's CURVE: encrypted connections between parties that know each other's public key
// (https://rfc.zeromq.org/spec/26). Keys are 40 characters of Z85. Values; any thread.
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

/// Whether the text is Z85 of 32 bytes (https://rfc.zeromq.org/spec/32).
bool is_curve_key(std::string_view text);

/// As configured.
struct CurveSettings {
  Secret secret_key{};                     ///< of this server; CURVE is off without it
  std::vector<std::string> client_keys{};  ///< public keys of those who may connect
};

struct CurveKeys {
  std::string public_key{};  ///< follows from the secret one
  Secret secret_key{};
  std::vector<std::string> clients{};  ///< sorted; nobody else may connect
};

/// nullopt when CURVE is off. InvalidConfiguration for what is no key, for clients without a server
/// key, and when this libzmq knows no CURVE.
Result<std::optional<CurveKeys>> read_curve_keys(const CurveSettings& settings);

struct CurveKeyPair {
  std::string public_key{};
  Secret secret_key{};
};
/// A new pair, from the generator of the operating system.
Result<CurveKeyPair> make_curve_key_pair();

}  // namespace apiforge::events
