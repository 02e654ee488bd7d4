#include "storage/sql/detail/writer_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace apiforge::storage::detail {
namespace {

std::string read_pid(int file) {
  std::array<char, 32> text{};
  const auto got = ::pread(file, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto end = pid.find_first_not_of("0123456789");
  pid.resize(end == std::string::npos ? pid.size() : end);
  return pid.empty() ? "?" : pid;
}

}  // namespace

WriterLock::WriterLock(const std::string& database_file) : path_(database_file + ".lock") {}

WriterLock::~WriterLock() {
  // The file stays: removing it would let two processes lock two files of one name.
  if (file_ >= 0) ::close(file_);
}

Result<void> WriterLock::acquire() {
  const std::lock_guard lock(mutex_);
  if (held_) return {};
  if (file_ < 0) file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) {
    const auto reason = std::generic_category().message(errno);
    return fail(ErrorCode::StorageUnavailable, {}, fmt::format("{}: {}", path_, reason));
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    return fail(
        ErrorCode::StorageUnavailable,
        fmt::format("another apiforge process (pid {}) uses this database", read_pid(file_)),
        path_);
  }
  held_ = true;
  const std::string pid = fmt::format("{}\n", ::getpid());
  // For people only; a lock whose pid could not be written is a lock all the same.
  if (::ftruncate(file_, 0) == 0) (void)!::pwrite(file_, pid.data(), pid.size(), 0);
  return {};
}

}  // namespace apiforge::storage::detail
