#include "auth/audit/checkpoint_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

// A line has some 230 bytes.
constexpr std::size_t kMaximumLine = 512;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::unexpected<Error> unusable(std::string_view path, std::string_view what) {
  return fail(ErrorCode::StorageUnavailable,
              fmt::format("The file of audit checkpoints cannot be {}", what),
              fmt::format("{}, errno {}", path, errno));
}

std::string line_of(const storage::AuditCheckpoint& checkpoint) {
  return fmt::format("{} {} {} {}\n", checkpoint.seq, checkpoint.hash,
                     unix_milliseconds(checkpoint.at), checkpoint.signature);
}

std::string_view take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return word;
}

std::optional<storage::AuditCheckpoint> parse_line(std::string_view line) {
  constexpr std::uint64_t kLastMillisecond = 9'000'000'000'000;
  const auto seq = parse_unsigned(take_word(line));
  const std::string_view hash = take_word(line);
  const auto at = parse_unsigned(take_word(line));
  const std::string_view signature = take_word(line);
  const bool is_whole = !hash.empty() && !signature.empty() && line.empty();
  if (!seq || !at || *at > kLastMillisecond || !is_whole) return std::nullopt;
  return storage::AuditCheckpoint{*seq, std::string(hash), WallTime(std::chrono::milliseconds(*at)),
                                  std::string(signature)};
}

/// Where the last whole line ends; what a crash left behind it is shorter than a line.
std::optional<off_t> end_of_lines(const OpenFile& file, off_t size) {
  std::array<char, kMaximumLine> tail{};
  const off_t from = size > static_cast<off_t>(tail.size()) ? size - tail.size() : 0;
  const ssize_t got = ::pread(file.get(), tail.data(), static_cast<std::size_t>(size - from), from);
  if (got != size - from) return std::nullopt;
  const std::string_view text(tail.data(), static_cast<std::size_t>(got));
  const std::size_t line_feed = text.rfind('\n');
  if (line_feed == std::string_view::npos) return from == 0 ? std::optional<off_t>(0) : size;
  return from + static_cast<off_t>(line_feed) + 1;
}

bool write_all(const OpenFile& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.get()) == 0;
}

/// Makes the name of a new file last.
bool sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const OpenFile opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened && ::fsync(opened.get()) == 0;
}

}  // namespace

Result<void> CheckpointFile::append(const storage::AuditCheckpoint& checkpoint) const {
  const OpenFile file(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return unusable(path_, "opened");
  const std::optional<off_t> end = end_of_lines(file, status.st_size);
  if (!end) return unusable(path_, "read");
  if (*end != status.st_size && ::ftruncate(file.get(), *end) != 0) {
    return unusable(path_, "mended");
  }
  if (!write_all(file, line_of(checkpoint))) return unusable(path_, "written");
  if (status.st_size == 0 && !sync_folder_of(path_)) return unusable(path_, "written");
  return {};
}

Result<std::vector<storage::AuditCheckpoint>> CheckpointFile::read() const {
  std::vector<storage::AuditCheckpoint> checkpoints;
  const OpenFile file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return checkpoints;
  if (!file) return unusable(path_, "opened");
  std::array<char, 64 << 10> chunk{};
  std::string rest;
  std::size_t number = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unusable(path_, "read");
    if (got == 0) return checkpoints;
    rest.append(chunk.data(), static_cast<std::size_t>(got));
    std::size_t from = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
      ++number;
      auto checkpoint = parse_line(std::string_view(rest).substr(from, end - from));
      if (!checkpoint || checkpoints.size() == kMaximumLines) {
        return fail(ErrorCode::SealedDataUnreadable,
                    fmt::format("Line {} of the file of audit checkpoints is not one", number),
                    path_);
      }
      checkpoints.push_back(*std::move(checkpoint));
      from = end + 1;
    }
    rest.erase(0, from);
    if (rest.size() > kMaximumLine) {
      return fail(ErrorCode::SealedDataUnreadable,
                  fmt::format("Line {} of the file of audit checkpoints is not one", number + 1),
                  path_);
    }
  }
}

}  // namespace apiforge::auth
