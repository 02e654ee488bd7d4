#include "app/disk_space.hpp"

#include <gtest/gtest.h>

namespace apiforge::app {
namespace {

using observe::HealthStatus;

TEST(DiskSpace, IsWellWhileEachFolderHasRoom) {
  const std::vector<FreeSpace> folders{{"DATA_DIR", kLowDiskBytes}, {"LOG_FILE", 1ull << 40}};
  const auto health = health_of_disk(folders);
  EXPECT_EQ(health.name, "disk");
  EXPECT_EQ(health.status, HealthStatus::Ok);
  EXPECT_EQ(health.detail, "");
}

TEST(DiskSpace, IsDegradedWhereRoomIsShortAndSaysWhere) {
  const std::vector<FreeSpace> folders{{"DATA_DIR", kLowDiskBytes}, {"LOG_FILE", 12ull << 20}};
  const auto health = health_of_disk(folders);
  EXPECT_EQ(health.status, HealthStatus::Degraded);
  EXPECT_EQ(health.detail, "12 MiB are left for LOG_FILE");
}

TEST(DiskSpace, TellsOfEachFolder) {
  const std::vector<FreeSpace> folders{{"DATA_DIR", std::nullopt}, {"LOG_FILE", 0}};
  EXPECT_EQ(health_of_disk(folders).detail,
            "the folder of DATA_DIR cannot be read; 0 MiB are left for LOG_FILE");
}

TEST(DiskSpace, MeasuresWhereDataAndLogGo) {
  Settings settings;
  settings.storage.data_dir = "/proc/self/nowhere";
  settings.log.file = "a.log";
  const auto measured = measure(written_folders(settings));
  ASSERT_EQ(measured.size(), 2u);
  EXPECT_EQ(measured[0].bytes, std::nullopt);
  EXPECT_TRUE(measured[1].bytes) << "the working directory";
}

TEST(DiskSpace, KnowsOfNoRoomBehindADevice) {
  Settings settings;
  settings.log.file = "/dev/null";
  EXPECT_EQ(written_folders(settings).size(), 1u);
}

}  // namespace
}  // namespace apiforge::app
