// ConfigurationSource: the declarative file as a sequence of Snapshots. Control thread only.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/file_stamp.hpp"
#include "declarative/load.hpp"
#include "gateway/snapshot.hpp"

namespace apiforge::app {

class ConfigurationSource {
 public:
  ConfigurationSource(std::filesystem::path file,
                      const std::vector<gateway::ConnectorEntry>& connectors,
                      const declarative::SecretResolver& resolver);

  using Faults = std::vector<std::string>;
  /// Reads, validates and compiles the file. On faults (each with file, line and member) the last
  /// good Snapshot stays what `current` returns.
  std::expected<std::shared_ptr<const gateway::Snapshot>, Faults> load();
  /// True when the file is another one than at the last `load`, as far as its metadata tell.
  bool changed() const;
  const std::shared_ptr<const gateway::Snapshot>& current() const { return current_; }
  /// Of the file that `current` is of.
  const std::vector<model::TrustedIssuer>& token_issuers() const { return token_issuers_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  const std::vector<gateway::ConnectorEntry>& connectors_;
  const declarative::SecretResolver& resolver_;
  std::shared_ptr<const gateway::Snapshot> current_;
  std::vector<model::TrustedIssuer> token_issuers_;
  std::optional<FileStamp> loaded_;
};

}  // namespace apiforge::app
