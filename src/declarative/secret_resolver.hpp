// Where `${env:NAME}` and `${file:path}` of a configuration lead. Used while configuration is
// loaded, by one thread.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::declarative {

/// Looks secrets up. Failures are InvalidConfiguration and name what is missing, never a value.
class SecretResolver {
 public:
  virtual ~SecretResolver() = default;
  virtual Result<std::string> from_environment(std::string_view name) const = 0;
  virtual Result<std::string> from_file(std::string_view path) const = 0;
};

/// The environment as it was at start, and the file system.
class SystemSecretResolver final : public SecretResolver {
 public:
  /// The largest file that can be a secret.
  static constexpr std::size_t kMaxFileBytes = 64u << 10;

  explicit SystemSecretResolver(std::map<std::string, std::string> environment);

  /// A variable that is set but empty counts as missing.
  Result<std::string> from_environment(std::string_view name) const override;
  /// The file's text without the line break at its end. Relative paths start at the working
  /// directory.
  Result<std::string> from_file(std::string_view path) const override;

 private:
  std::map<std::string, std::string> environment_;
};

/// The text with every reference in it replaced, once: what a reference leads to is not searched
/// for further ones. `$${` stands for a literal `${`. Fails with InvalidConfiguration for a
/// reference that is malformed or leads nowhere.
Result<std::string> expand_references(std::string_view text, const SecretResolver& resolver);

}  // namespace apiforge::declarative
