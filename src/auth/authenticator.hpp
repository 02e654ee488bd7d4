// Authenticator: from the text of a credential to its Caller. One per worker, used by that worker
// only; no lock, no database.
//
// A credential seen before is found in a cache under a SipHash-2-4-128 of its text, a keyed
// pseudo-random function whose key is random, of this object alone and never leaves it: nobody can
// make another text with the same hash, and a core dump holds no credential. Only a miss pays for
// the installation's BLAKE2b digest or for a signature. What is refused is not remembered: a bad
// key costs a checksum, a bad token its verification.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/access_token.hpp"
#include "auth/caller.hpp"
#include "auth/credential_digest.hpp"
#include "auth/directory.hpp"
#include "auth/trusted_issuers.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace apiforge::auth {

/// Who may have signed an access token. Replaced as a whole when keys rotate.
struct TokenTrust {
  std::shared_ptr<const TokenVerifier> own;          ///< null: no tokens of ours are accepted
  std::shared_ptr<const ExternalVerifier> external;  ///< null: no other issuers are trusted
  std::string issuer;                                ///< what ours call themselves (`iss`)
};

/// The id of a key, and when it was used last.
using KeyUse = std::pair<std::string, WallTime>;

class Authenticator {
 public:
  Authenticator(std::shared_ptr<const CredentialHasher> hasher, TokenTrust trust);
  ~Authenticator();

  /// Who presents the credential, by the Directory as it is now. Keys and tokens stop to count at
  /// the first call after their owner, tenant, session or time has ended.
  /// InvalidCredential with one constant text, whatever is wrong with it.
  Result<std::shared_ptr<const Caller>> authenticate(std::string_view text,
                                                     const Directory& directory, WallTime now);
  /// Whether a text can only be for this gateway: a key, or a token that claims to be of ours.
  /// Decides nothing but who is told that it is bad.
  bool is_ours(std::string_view text) const;
  /// Tokens are verified anew from now on.
  void trust(TokenTrust trust);
  /// When keys were used since the last time this was asked; at most kMaxUses, without those of
  /// further ones. For Transaction::note_last_use.
  std::vector<KeyUse> take_uses();

  /// At most so many credentials are remembered, at 64 bytes and what their Callers take.
  static constexpr std::size_t kSets = 1'024;
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kMaxUses = 2 * kSets * kWays;

 private:
  struct Entry;
  using Fingerprint = std::array<std::uint64_t, 2>;

  Result<Entry> open_key(std::string_view text, const Directory& directory, WallTime now) const;
  Result<Entry> open_token(std::string_view text, std::shared_ptr<const AccessClaims> claims,
                           const Directory& directory, WallTime now) const;
  Result<AccessClaims> verify(std::string_view token, WallTime now) const;

  Fingerprint fingerprint(std::string_view text) const;
  std::span<Entry> set_of(const Fingerprint& fingerprint);
  Entry* find(const Fingerprint& fingerprint);
  Entry& make_room(const Fingerprint& fingerprint, WallTime now);
  void note_use(Entry& entry);

  std::shared_ptr<const CredentialHasher> hasher_;
  TokenTrust trust_;
  std::array<std::uint8_t, 16> cache_key_;
  std::vector<Entry> entries_;  ///< kSets sets of kWays; allocated for the first credential
  std::uint32_t next_victim_ = 0;
  std::vector<KeyUse> uses_;  ///< of entries that were forgotten
};

}  // namespace apiforge::auth
