// MasterKeys: the keys outside the database that wrap the vault's data keys, the newest first. Read
// at start from MASTER_KEY or MASTER_KEY_FILE; immutable, any thread reads. Owned by the Vault.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/vault/secret_key.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

struct MasterKey {
  std::string id;  ///< `[A-Za-z0-9_-]{1,64}`; stored with what it wraps
  SecretKey bytes;
};

class MasterKeys {
 public:
  static constexpr std::size_t kMaximum = 16;

  /// One key a line: 32 bytes as Base64 or hexadecimal, with an optional `id:` before. Without it
  /// the id is a fingerprint of the key. Empty lines and lines that begin with `#` are skipped.
  /// InvalidConfiguration names the line, never what stands in it.
  static Result<MasterKeys> parse(std::string_view text);

  /// Whether a file that others than its owner may read is refused.
  enum class Privacy : std::uint8_t { Required, Advised };
  /// InvalidConfiguration when the file cannot be read, is not private or is not what `parse`
  /// takes.
  static Result<MasterKeys> read_file(const std::string& path, Privacy privacy);

  /// Writes a file with one new key, mode 0600, in one step: another process sees all of it or
  /// nothing. AlreadyExists when there is one, which is left as it is.
  static Result<void> generate_file(const std::string& path);

  const MasterKey& newest() const { return keys_.front(); }
  /// Null when there is none of this id.
  const MasterKey* find(std::string_view id) const;
  /// For messages: `a, b, c`.
  std::string ids() const;

 private:
  std::vector<MasterKey> keys_;  ///< at least one
};

}  // namespace apiforge::auth
