// DiskSpace: whether there is room where the program writes. Measuring is a system call that may
// block, so a thread of the blocking pool does it. Values.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "observe/health.hpp"

namespace apiforge::app {

/// With fewer bytes left than this a place is short of room: some minutes of calls in the log.
inline constexpr std::uint64_t kLowDiskBytes = 256ull << 20;

struct WrittenFolder {
  std::string setting;  ///< that leads there, as operators know it
  std::filesystem::path path;
};

struct FreeSpace {
  std::string setting;
  std::optional<std::uint64_t> bytes;  ///< nothing when the folder cannot be read
};

/// That of DATA_DIR, and that of LOG_FILE unless it is a device or a pipe.
std::vector<WrittenFolder> written_folders(const Settings& settings);

/// What this process may still write into each; blocks.
std::vector<FreeSpace> measure(std::span<const WrittenFolder> folders);

/// Degraded while a folder has fewer than kLowDiskBytes or cannot be read. Pure.
observe::ComponentHealth health_of_disk(std::span<const FreeSpace> folders);

}  // namespace apiforge::app
