#include "base/encoding.hpp"

#include <array>

namespace apiforge {
namespace {

constexpr std::string_view kLowerDigits = "0123456789abcdef";
constexpr std::string_view kUpperDigits = "0123456789ABCDEF";
constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int16_t, 256> make_base64_values() {
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kBase64Alphabet[i])] = static_cast<std::int16_t>(i);
  }
  return values;
}
constexpr auto kBase64Values = make_base64_values();

constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_hex(std::string& out, ByteView bytes) {
  out.reserve(out.size() + bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kLowerDigits[byte >> 4];
    out += kLowerDigits[byte & 0x0f];
  }
}

std::string hex(ByteView bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

void append_base64(std::string& out, ByteView bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  const auto digit = [&](std::uint32_t group, int shift) {
    out += kBase64Alphabet[(group >> shift) & 0x3f];
  };
  while (bytes.size() >= 3) {
    const std::uint32_t group = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
    for (const int shift : {18, 12, 6, 0}) digit(group, shift);
    bytes = bytes.subspan(3);
  }
  if (bytes.empty()) return;
  const std::uint32_t group = bytes[0] << 16 | (bytes.size() == 2 ? bytes[1] << 8 : 0);
  digit(group, 18);
  digit(group, 12);
  if (bytes.size() == 2) digit(group, 6);
  out.append(3 - bytes.size(), '=');
}

std::string base64(ByteView bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  out.reserve((text.size() + padding) / 4 * 3);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = kBase64Values[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(pending >> bits & 0xff);
  }
  const bool unused_bits_are_zero = (pending & ((1u << bits) - 1)) == 0;
  if (!unused_bits_are_zero) return std::nullopt;
  return out;
}

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += kUpperDigits[byte >> 4];
    out += kUpperDigits[byte & 0x0f];
  }
}

std::string percent_encode(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit_value(text[i + 1]);
    const int low = hex_digit_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

}  // namespace apiforge
