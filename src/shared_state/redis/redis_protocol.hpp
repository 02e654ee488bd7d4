// The Redis protocol (RESP2) as a machine without I/O: commands to bytes, bytes to replies. The
// work is hiredis'; the bounds are ours. A reader belongs to one connection; one thread.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

struct redisReader;

namespace apiforge::shared_state {

struct RedisReply {
  enum class Kind : std::uint8_t { Nil, Integer, Text, Status, Error, List };
  Kind kind = Kind::Nil;
  std::int64_t integer = 0;
  std::string text;  ///< of Text, Status and Error
  std::vector<RedisReply> items;

  bool is_error() const { return kind == Kind::Error; }
  /// Whether it is an error of that class, such as `MOVED`: the first word of its text.
  bool is_error(std::string_view error_class) const;

  friend bool operator==(const RedisReply&, const RedisReply&) = default;
};

/// Appends a command of binary-safe words.
void append_command(std::string& out, std::span<const std::string_view> words);
std::string command(std::initializer_list<std::string_view> words);

class RedisReader {
 public:
  /// Bytes that may wait for the rest of their reply, and elements of one list: far above what the
  /// commands that we send are answered with, and little enough to bound what lists of lists take.
  static constexpr std::size_t kMaxReplyBytes = 64 * 1024;
  static constexpr int kMaxItems = 16;

  RedisReader();
  RedisReader(RedisReader&&) noexcept;
  RedisReader& operator=(RedisReader&&) noexcept;
  ~RedisReader();

  /// Takes bytes as they came. UpstreamProtocolError when a reply is longer than the bound.
  Result<void> feed(std::string_view bytes);
  /// The next whole reply; nothing when it has not come yet. UpstreamProtocolError when the bytes
  /// are no reply; then the reader is of no further use.
  Result<std::optional<RedisReply>> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t unread_ = 0;  ///< an upper bound of the bytes that wait
};

}  // namespace apiforge::shared_state
