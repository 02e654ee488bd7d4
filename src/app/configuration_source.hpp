// ConfigurationSource: the declarative file as a sequence of Configurations. Control thread only.
#pragma once
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/file_stamp.hpp"
#include "declarative/load.hpp"

namespace apiforge::app {

class ConfigurationSource {
 public:
  enum class Presence : std::uint8_t {
    Required,
    Optional  ///< while there is no file it says nothing
  };

  /// `connectors` are the names of this build.
  ConfigurationSource(std::filesystem::path file, Presence presence,
                      std::vector<std::string> connectors,
                      const declarative::SecretResolver& resolver);

  using Faults = std::vector<std::string>;
  /// Reads and validates the file. On faults (each with file, line and member) the last good one
  /// stays what `current` returns. A file that was there and is gone is a fault.
  std::expected<std::shared_ptr<const model::Configuration>, Faults> load();
  /// True when the file is another one than at the last `load`, as far as its metadata tell.
  bool changed() const;
  /// Null before the first good `load`.
  const std::shared_ptr<const model::Configuration>& current() const { return current_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  Presence presence_;
  std::vector<std::string> connectors_;
  const declarative::SecretResolver& resolver_;
  std::shared_ptr<const model::Configuration> current_;
  bool was_there_ = false;
  std::optional<FileStamp> loaded_;
};

}  // namespace apiforge::app
