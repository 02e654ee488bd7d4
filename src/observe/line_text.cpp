#include "observe/line_text.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

#include "base/load.hpp"

namespace apiforge::observe {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

/// Sixteen bytes that are compared at once; GCC and clang turn this into vector instructions.
using Block = unsigned char __attribute__((vector_size(16)));

/// 1 to 15 bytes as a block, some of them repeated, and nothing read beyond them.
Block load_short(const char* text, std::size_t size) {
  std::array<std::uint64_t, 2> halves;
  if (size >= 8) {
    halves = {load<std::uint64_t>(text), load<std::uint64_t>(text + size - 8)};
  } else if (size >= 4) {
    halves.fill(load<std::uint32_t>(text) |
                static_cast<std::uint64_t>(load<std::uint32_t>(text + size - 4)) << 32);
  } else {
    const auto byte = [&](std::size_t i) -> std::uint64_t {
      return static_cast<unsigned char>(text[i]);
    };
    constexpr std::uint64_t kZeros = 0x3030'3030'3000'0000;  // '0', which is plain
    halves.fill(kZeros | byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16);
  }
  return std::bit_cast<Block>(halves);
}

/// What has been found in some blocks of a value, byte by byte.
struct Findings {
  Block unsafe{};   ///< has to be escaped, wherever it stands
  Block letters{};  ///< the last one of a marker word

  [[gnu::always_inline]] void look_at(Block b) {
    using SignedBlock = signed char __attribute__((vector_size(16)));
    // As signed numbers, the bytes beyond ASCII are less than the quote, like spaces and controls.
    const auto low = std::bit_cast<SignedBlock>(b) <= static_cast<signed char>('"');
    unsafe |= std::bit_cast<Block>(low | (b == 0x7f) | (b == '=') | (b == '\\'));
    letters |= std::bit_cast<Block>((b == 'w') | (b == 'R') | (b == 'L'));
  }
};

bool any(Block found) {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(found);
  return (halves[0] | halves[1]) != 0;
}

bool has_marker_word(std::string_view text) {
  return std::ranges::any_of(kMarkerWords, [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

/// Whether a value (not empty) can be written as it is. Nearly all can.
bool is_plain(std::string_view value) {
  Findings found;
  if (value.size() < sizeof(Block)) {
    found.look_at(load_short(value.data(), value.size()));
  } else {
    const char* const last = value.data() + value.size() - sizeof(Block);
    for (const char* at = value.data(); at < last; at += sizeof(Block)) {
      found.look_at(load<Block>(at));
    }
    found.look_at(load<Block>(last));
  }
  if (any(found.unsafe)) return false;
  return !any(found.letters) || !has_marker_word(value);
}

bool ends_marker_word(std::string_view text) {
  for (const std::string_view word : kMarkerWords) {
    if (text.ends_with(word)) return true;
  }
  return false;
}

char* append_percent(char* out, unsigned char byte) {
  *out++ = '%';
  *out++ = kHexDigits[byte >> 4];
  *out++ = kHexDigits[byte & 15];
  return out;
}

/// What is escaped besides controls, quotes, `=`, `\` and bytes beyond ASCII.
struct Escaping {
  bool spaces = true;
  bool marker_words = true;
};

char* append_percent_encoded(char* out, std::string_view value, Escaping escaping) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    const bool unsafe = c < 0x20 || c >= 0x7f || c == '"' || c == '=' || c == '\\';
    if (unsafe || (escaping.spaces && c == ' ') ||
        (escaping.marker_words && ends_marker_word(value.substr(0, i + 1)))) {
      out = append_percent(out, c);
    } else {
      *out++ = static_cast<char>(c);
    }
  }
  return out;
}

char* append_unicode_escape(char* out, unsigned char byte) {
  out = append_raw(out, "\\u00");
  *out++ = kHexDigits[byte >> 4];
  *out++ = kHexDigits[byte & 15];
  return out;
}

/// Length of the UTF-8 sequence (RFC 3629) that `text` starts with; 0 when it is not one.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned first = at(0);
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && at(1) < 0xa0;
    const bool surrogate = first == 0xed && at(1) > 0x9f;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && at(1) < 0x90;
    const bool too_large = first == 0xf4 && at(1) > 0x8f;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

char* append_escaped(char* out, std::string_view value, std::size_t limit, Escaping escaping) {
  if (value.empty()) return append_raw(out, "-");
  const std::string_view kept = value.substr(0, limit);
  out = is_plain(kept) ? append_raw(out, kept) : append_percent_encoded(out, kept, escaping);
  return kept.size() < value.size() ? append_raw(out, kCutMark) : out;
}

char* append_json_escaped(char* out, std::string_view value) {
  for (std::size_t i = 0; i < value.size();) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x80) {
      const std::size_t length = utf8_length(value.substr(i));
      out = append_raw(out, length == 0 ? "\\ufffd" : value.substr(i, length));
      i += length == 0 ? 1 : length;
      continue;
    }
    ++i;
    if (c == '"' || c == '\\') {
      *out++ = '\\';
      *out++ = static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f || ends_marker_word(value.substr(0, i))) {
      out = append_unicode_escape(out, c);
    } else {
      *out++ = static_cast<char>(c);
    }
  }
  return out;
}

void put_two_digits(char* out, unsigned value) {
  out[0] = static_cast<char>('0' + value / 10 % 10);
  out[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

char* append_value(char* out, std::string_view value, std::size_t limit) {
  return append_escaped(out, value, limit, Escaping{});
}

char* append_name(char* out, std::string_view name, std::size_t limit) {
  return append_escaped(out, name, limit, Escaping{.marker_words = false});
}

char* append_quoted_value(char* out, std::string_view value, std::size_t limit) {
  const std::string_view kept = value.substr(0, limit);
  if (kept.find(' ') == std::string_view::npos) return append_value(out, value, limit);
  *out++ = '"';
  out = append_percent_encoded(out, kept, Escaping{.spaces = false});
  if (kept.size() < value.size()) out = append_raw(out, kCutMark);
  *out++ = '"';
  return out;
}

char* append_message(char* out, std::string_view message, std::size_t limit) {
  for (const char byte : message.substr(0, limit)) {
    const auto c = static_cast<unsigned char>(byte);
    if (c < 0x20 || c >= 0x7f) {
      out = append_percent(out, c);
    } else {
      *out++ = byte;
    }
  }
  return message.size() > limit ? append_raw(out, kCutMark) : out;
}

char* append_json_string(char* out, std::string_view value, std::size_t limit) {
  if (value.empty()) return append_raw(out, "null");
  const std::string_view kept = value.substr(0, limit);
  *out++ = '"';
  out = is_plain(kept) ? append_raw(out, kept) : append_json_escaped(out, kept);
  if (kept.size() < value.size()) out = append_raw(out, kCutMark);
  *out++ = '"';
  return out;
}

char* LineStamp::append(char* out, WallTime time, LineFormat format) {
  const std::int64_t milliseconds = unix_milliseconds(time);
  const std::int64_t second = milliseconds / 1000;
  if (second != second_) render(second);
  std::memcpy(out, text_.data(), kSecondText);
  if (format == LineFormat::Json) out[10] = 'T';
  const auto fraction = static_cast<unsigned>(milliseconds % 1000);
  out[kSecondText] = '.';
  out[kSecondText + 1] = static_cast<char>('0' + fraction / 100);
  put_two_digits(out + kSecondText + 2, fraction % 100);
  out += kSecondText + 4;
  if (format == LineFormat::Json) *out++ = 'Z';
  return out;
}

void LineStamp::render(std::int64_t second) {
  const std::chrono::sys_seconds time{std::chrono::seconds(second)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  char* text = text_.data();
  std::memcpy(text, "0000-00-00 00:00:00", kSecondText);
  put_two_digits(text, year / 100);
  put_two_digits(text + 2, year % 100);
  put_two_digits(text + 5, static_cast<unsigned>(date.month()));
  put_two_digits(text + 8, static_cast<unsigned>(date.day()));
  put_two_digits(text + 11, static_cast<unsigned>(clock.hours().count()));
  put_two_digits(text + 14, static_cast<unsigned>(clock.minutes().count()));
  put_two_digits(text + 17, static_cast<unsigned>(clock.seconds().count()));
  second_ = second;
}

}  // namespace apiforge::observe
