#include "app/disk_space.hpp"

#include <system_error>

namespace apiforge::app {
namespace {

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return std::nullopt;
  return space.available;
}

}  // namespace

std::vector<WrittenFolder> written_folders(const Settings& settings) {
  std::vector<WrittenFolder> folders{{"DATA_DIR", settings.storage.data_dir}};
  const std::filesystem::path log = settings.log.file;
  std::error_code ignored;
  if (!std::filesystem::is_other(log, ignored)) {
    folders.push_back({"LOG_FILE", log.has_parent_path() ? log.parent_path() : "."});
  }
  return folders;
}

std::vector<FreeSpace> measure(std::span<const WrittenFolder> folders) {
  std::vector<FreeSpace> measured;
  for (const auto& folder : folders) measured.push_back({folder.setting, free_bytes(folder.path)});
  return measured;
}

observe::ComponentHealth health_of_disk(std::span<const FreeSpace> folders) {
  observe::ComponentHealth health{
      .name = "disk", .status = observe::HealthStatus::Ok, .detail = {}, .latency = {}};
  for (const FreeSpace& folder : folders) {
    if (folder.bytes && *folder.bytes >= kLowDiskBytes) continue;
    health.status = observe::HealthStatus::Degraded;
    if (!health.detail.empty()) health.detail += "; ";
    health.detail +=
        folder.bytes ? std::to_string(*folder.bytes >> 20) + " MiB are left for " + folder.setting
                     : "the folder of " + folder.setting + " cannot be read";
  }
  return health;
}

}  // namespace apiforge::app
