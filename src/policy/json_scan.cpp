#include "policy/json_scan.hpp"

#include <array>
#include <cstdint>

#include "base/encoding.hpp"

namespace apiforge::policy {
namespace {

/// RFC 8259 2.
constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The index behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

/// Bytes at which a container's end is nearer or farther: its brackets, and strings.
constexpr auto kMarks = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("\"{}[]")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// The index behind the object or array that begins at `at`.
std::size_t end_of_container(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (!kMarks[static_cast<unsigned char>(c)]) {
      ++at;
      continue;
    }
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') {
      ++depth;
    } else if (--depth == 0) {
      return at;
    }
  }
  return text.size();
}

/// The index behind the number, `true`, `false` or `null` that begins at `at`.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at]) && text[at] != ',' && text[at] != ']' &&
         text[at] != '}') {
    ++at;
  }
  return at;
}

/// One character in UTF-8, or one byte of it where it stands unescaped.
struct Character {
  std::array<char, 4> bytes{};
  std::size_t size = 0;

  std::string_view text() const { return {bytes.data(), size}; }
};

Character in_utf8(std::uint32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  const auto head = [&](std::uint32_t mark, int shift) {
    return static_cast<char>(mark | (code >> shift));
  };
  if (code < 0x80) return {{static_cast<char>(code)}, 1};
  if (code < 0x800) return {{head(0xC0, 6), tail(0)}, 2};
  if (code < 0x10000) return {{head(0xE0, 12), tail(6), tail(0)}, 3};
  return {{head(0xF0, 18), tail(12), tail(6), tail(0)}, 4};
}

/// The four digits of a `\uXXXX`, which is cut off; nothing when there is none.
std::optional<std::uint32_t> take_unit(std::string_view& inside) {
  if (inside.size() < 6 || !inside.starts_with("\\u")) return std::nullopt;
  std::uint32_t unit = 0;
  for (const char digit : inside.substr(2, 4)) {
    unit = unit << 4 | static_cast<std::uint32_t>(hex_digit_value(digit) & 15);
  }
  inside.remove_prefix(6);
  return unit;
}

/// Cuts off what stands first inside of a JSON string (RFC 8259 7).
Character take_character(std::string_view& inside) {
  if (const auto unit = take_unit(inside)) {
    const bool is_first_of_pair = *unit >= 0xD800 && *unit < 0xDC00;
    const auto second = is_first_of_pair ? take_unit(inside) : std::nullopt;
    if (!second) return in_utf8(*unit);
    return in_utf8(0x10000 + ((*unit & 0x3FF) << 10) + (*second & 0x3FF));
  }
  char c = inside.front();
  if (c == '\\' && inside.size() > 1) {
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    const std::size_t letter = kLetters.find(inside[1]);
    c = letter == std::string_view::npos ? inside[1] : kMeanings[letter];
    inside.remove_prefix(1);
  }
  inside.remove_prefix(1);
  return {{c}, 1};
}

}  // namespace

JsonChildren::JsonChildren(std::string_view container)
    : text_(container), has_names_(container.starts_with('{')) {}

std::optional<JsonChild> JsonChildren::next() {
  skip_space();
  if (at_ < text_.size() && text_[at_] == ',') {
    ++at_;
    skip_space();
  }
  if (at_ + 1 >= text_.size()) return std::nullopt;  // at the bracket that closes it
  JsonChild child;
  if (has_names_) {
    child.name = take_string();
    skip_space();
    ++at_;  // the colon
    skip_space();
  }
  child.text = take_value();
  if (child.text.empty()) return std::nullopt;  // the text is not valid
  return child;
}

void JsonChildren::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

std::string_view JsonChildren::take_string() {
  const std::size_t begin = at_;
  at_ = end_of_string(text_, begin);
  return text_.substr(begin, at_ - begin);
}

std::string_view JsonChildren::take_value() {
  if (at_ >= text_.size()) return {};
  const std::size_t begin = at_;
  const char first = text_[begin];
  if (first == '"') return take_string();
  at_ = first == '{' || first == '[' ? end_of_container(text_, begin) : end_of_word(text_, begin);
  return text_.substr(begin, at_ - begin);
}

bool is_json_string(std::string_view quoted, std::string_view text) {
  if (quoted.size() < 2) return false;
  std::string_view inside = quoted.substr(1, quoted.size() - 2);
  while (!inside.empty()) {
    const Character character = take_character(inside);
    if (!text.starts_with(character.text())) return false;
    text.remove_prefix(character.size);
  }
  return text.empty();
}

std::string_view trim_json(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace apiforge::policy
