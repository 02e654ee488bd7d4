// How values become text in log lines: time stamps, numbers, and values that cannot forge a line,
// a pair or one of the words that operators search for. Functions write to `out`, return the end,
// and need the room they name. Pure but for LineStamp, which belongs to one thread.
#pragma once
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/clock.hpp"

namespace apiforge::observe {

enum class LineFormat : std::uint8_t { Text, Json };

/// Words that operators grep for. Where a value contains one, the word's last letter is escaped, so
/// that `grep slow` finds slow calls only and not a caller's `/slow`.
inline constexpr std::array<std::string_view, 3> kMarkerWords{"slow", "ERROR", "API_CALL"};

/// A value longer than its limit is cut and ends in this.
inline constexpr std::string_view kCutMark = "...";

/// Room that `append_value` and `append_json_string` need for a value of at most `limit` bytes.
constexpr std::size_t value_room(std::size_t limit) {
  return 6 * limit + 32;
}

/// A value of a `key=value` pair: spaces, controls, quotes, `=`, `\` and bytes beyond ASCII are
/// percent-encoded (RFC 3986 2.1); `%` stays, as paths are encoded already. Empty becomes `-`.
char* append_value(char* out, std::string_view value, std::size_t limit);

/// As `append_value`, but marker words stay: for names of the configuration, which no caller
/// chooses.
char* append_name(char* out, std::string_view name, std::size_t limit);

/// As `append_value`, but a value with spaces keeps them and stands in quotes. For the program's
/// own lines, whose values people read more than machines.
char* append_quoted_value(char* out, std::string_view value, std::size_t limit);

/// The program's own words: only controls and bytes beyond ASCII are percent-encoded.
char* append_message(char* out, std::string_view message, std::size_t limit);

/// A JSON string with its quotes (RFC 8259 7), or `null` when empty. Bytes that are not UTF-8
/// become U+FFFD. Marker words are escaped by `\u`, which a JSON reader undoes.
char* append_json_string(char* out, std::string_view value, std::size_t limit);

/// A text that is no longer than `room`, copied as it is.
inline char* append_raw(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

/// Needs 20 bytes.
inline char* append_number(char* out, std::uint64_t value) {
  constexpr std::ptrdiff_t kDigits = 20;
  return std::to_chars(out, out + kDigits, value).ptr;
}

/// Milliseconds with three decimals, cut to microseconds. Needs 24 bytes.
inline char* append_milliseconds(char* out, std::uint64_t nanoseconds) {
  const std::uint64_t microseconds = nanoseconds / 1000;
  const auto fraction = static_cast<unsigned>(microseconds % 1000);
  out = append_number(out, microseconds / 1000);
  *out++ = '.';
  *out++ = static_cast<char>('0' + fraction / 100);
  *out++ = static_cast<char>('0' + fraction / 10 % 10);
  *out++ = static_cast<char>('0' + fraction % 10);
  return out;
}

/// Writes UTC time stamps; keeps the text of the last second, as most lines share it.
class LineStamp {
 public:
  /// Text: `2026-11-22 10:00:00.123`; JSON: `2026-11-22T10:00:00.123Z` (RFC 3339). Needs 24 bytes.
  char* append(char* out, WallTime time, LineFormat format);

 private:
  static constexpr std::size_t kSecondText = 19;
  void render(std::int64_t second);

  std::int64_t second_ = -1;
  std::array<char, kSecondText> text_{};
};

}  // namespace apiforge::observe
