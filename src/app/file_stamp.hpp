// FileStamp: tells whether a file was changed or replaced, by its metadata. A value.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace apiforge::app {

struct FileStamp {
  std::int64_t modified_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Nothing when there is no such file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

}  // namespace apiforge::app
