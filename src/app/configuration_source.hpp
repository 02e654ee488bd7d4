// ConfigurationSource: the declarative file as a sequence of Snapshots. Control thread only.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "declarative/load.hpp"
#include "gateway/snapshot.hpp"

namespace apiforge::app {

class ConfigurationSource {
 public:
  ConfigurationSource(std::filesystem::path file,
                      const std::vector<gateway::ConnectorEntry>& connectors,
                      const declarative::SecretResolver& resolver);

  using Faults = std::vector<std::string>;
  /// Reads, validates and compiles the file. On faults (each with file, line and member) the last good
  /// Snapshot stays what `current` returns.
  std::expected<std::shared_ptr<const gateway::Snapshot>, Faults> load();
  /// True when the file is another one than at the last `load`, as far as its metadata tell.
  bool changed() const;
  const std::shared_ptr<const gateway::Snapshot>& current() const { return current_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  struct Stamp {
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::optional<Stamp> stamp() const;

  std::filesystem::path file_;
  const std::vector<gateway::ConnectorEntry>& connectors_;
  const declarative::SecretResolver& resolver_;
  std::shared_ptr<const gateway::Snapshot> current_;
  std::optional<Stamp> loaded_;
};

}  // namespace apiforge::app
