#include "app/file_stamp.hpp"

#include <sys/stat.h>

namespace apiforge::app {

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  return FileStamp{info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec,
                   static_cast<std::uint64_t>(info.st_size), info.st_ino};
}

}  // namespace apiforge::app
