#include "auth/vault/master_keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

constexpr std::size_t kMaximumFileBytes = 64 << 10;
constexpr std::string_view kHowToMake =
    "a key is 32 random bytes in Base64 or hexadecimal, such as `openssl rand -base64 32` prints";

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

std::optional<Secret> hex_decode(std::string_view text) {
  if (text.size() != 2 * SecretKey::kBytes) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit_value(text[i]);
    const int low = hex_digit_value(text[i + 1]);
    if (high < 0 || low < 0) {
      sodium_memzero(bytes.data(), bytes.size());
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return Secret(std::move(bytes));
}

std::optional<SecretKey> key_from(std::string_view text) {
  std::optional<Secret> bytes = hex_decode(text);
  if (!bytes) {
    std::optional<std::string> decoded = base64_decode(text);
    if (!decoded || decoded->size() != SecretKey::kBytes) return std::nullopt;
    bytes = Secret(*std::move(decoded));
  }
  // A key of one repeated byte was never random: somebody forgot to fill it in.
  const std::string_view plain = bytes->reveal();
  if (plain.find_first_not_of(plain.front()) == std::string_view::npos) return std::nullopt;
  return SecretKey::copy_of(bytes_of(plain));
}

std::string fingerprint(const SecretKey& key) {
  constexpr std::string_view kPurpose = "apiforge master key id";
  std::array<std::uint8_t, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(kPurpose).data(), kPurpose.size(),
                     key.reveal().data(), SecretKey::kBytes);
  return hex(ByteView(digest).first(8));
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    const char lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Result<MasterKey> parse_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  const bool is_named = colon != std::string_view::npos;
  if (is_named && !is_id(line.substr(0, colon))) {
    return fail(ErrorCode::InvalidConfiguration,
                "the id before `:` must be 1 to 64 letters, digits, `_` and `-`");
  }
  std::optional<SecretKey> bytes = key_from(is_named ? trim(line.substr(colon + 1)) : line);
  if (!bytes) return fail(ErrorCode::InvalidConfiguration, std::string(kHowToMake));
  std::string id = is_named ? std::string(line.substr(0, colon)) : fingerprint(*bytes);
  return MasterKey{std::move(id), *std::move(bytes)};
}

Result<Secret> read_all(const OpenFile& file, const std::string& path) {
  std::string text;
  text.reserve(kMaximumFileBytes + 1);
  text.resize(kMaximumFileBytes + 1);
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(ErrorCode::InvalidConfiguration,
                  fmt::format("The master key file {} cannot be read", path));
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (used > kMaximumFileBytes) {
    return fail(ErrorCode::InvalidConfiguration,
                fmt::format("The master key file {} is larger than 64 KiB", path));
  }
  text.resize(used);
  return Secret(std::move(text));
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

bool sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const OpenFile opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened && ::fsync(opened.get()) == 0;
}

}  // namespace

Result<MasterKeys> MasterKeys::parse(std::string_view text) {
  MasterKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    Result<MasterKey> key = parse_line(line);
    if (!key) {
      return fail(ErrorCode::InvalidConfiguration,
                  fmt::format("Master key in line {}: {}", number, key.error().detail));
    }
    if (keys.find(key->id) != nullptr) {
      return fail(
          ErrorCode::InvalidConfiguration,
          fmt::format("Master key in line {}: the id `{}` is there twice", number, key->id));
    }
    if (keys.keys_.size() == kMaximum) {
      return fail(ErrorCode::InvalidConfiguration,
                  fmt::format("There are more than {} master keys", kMaximum));
    }
    keys.keys_.push_back(*std::move(key));
  }
  if (keys.keys_.empty()) {
    return fail(ErrorCode::InvalidConfiguration,
                fmt::format("There is no master key: {}", kHowToMake));
  }
  return keys;
}

Result<MasterKeys> MasterKeys::read_file(const std::string& path, Privacy privacy) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::InvalidConfiguration,
                fmt::format("The master key file {} cannot be read", path));
  }
  if (privacy == Privacy::Required && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::InvalidConfiguration,
                fmt::format("Others than its owner may use the master key file {0}: "
                            "run `chmod 600 {0}`",
                            path));
  }
  Result<Secret> text = read_all(file, path);
  if (!text) return std::unexpected(std::move(text.error()));
  Result<MasterKeys> keys = parse(text->reveal());
  if (!keys) keys.error().detail += fmt::format(" (in {})", path);
  return keys;
}

Result<void> MasterKeys::generate_file(const std::string& path) {
  const SecretKey key = SecretKey::random();
  std::string line;
  line.reserve(64);
  append_base64(line, key.reveal());
  line += '\n';
  const Secret text(std::move(line));

  // A link to a finished file appears in one step and never replaces another.
  const std::string unfinished = fmt::format("{}.{:08x}", path, randombytes_random());
  const OpenFile file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool is_written = file && write_all(file, text.reveal());
  const bool is_linked = is_written && ::link(unfinished.c_str(), path.c_str()) == 0;
  const bool exists = is_written && !is_linked && errno == EEXIST;
  if (file) ::unlink(unfinished.c_str());
  if (exists) {
    return fail(ErrorCode::AlreadyExists,
                fmt::format("The master key file {} exists already", path));
  }
  if (!is_linked || !sync_folder_of(path)) {
    return fail(ErrorCode::InvalidConfiguration,
                fmt::format("The master key file {} cannot be written", path));
  }
  return {};
}

const MasterKey* MasterKeys::find(std::string_view id) const {
  const auto key = std::ranges::find(keys_, id, &MasterKey::id);
  return key == keys_.end() ? nullptr : &*key;
}

std::string MasterKeys::ids() const {
  std::string ids;
  for (const MasterKey& key : keys_) {
    if (!ids.empty()) ids += ", ";
    ids += key.id;
  }
  return ids;
}

}  // namespace apiforge::auth
