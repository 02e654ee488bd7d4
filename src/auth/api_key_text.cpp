#include "auth/api_key_text.hpp"

#include <array>
#include <cassert>
#include <cstdint>

#include "auth/detail/base62.hpp"
#include "auth/detail/sodium.hpp"

namespace apiforge::auth {
namespace {

constexpr std::size_t kIdDigits = 20;
constexpr std::size_t kRandomDigits = 30;
constexpr std::size_t kChecksumDigits = 6;  // 62^6 > 2^32
constexpr std::array<std::string_view, 3> kEnvironments = {"live", "test", "dev"};

/// The table of CRC-32 as zlib and IEEE 802.3 have it (reflected polynomial).
constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0U);
    table[byte] = value;
  }
  return table;
}();

std::uint32_t crc32(std::string_view text) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : text) {
    value = value >> 8 ^ kCrcTable[(value ^ static_cast<std::uint8_t>(c)) & 0xFF];
  }
  return ~value;
}

std::array<char, kChecksumDigits> checksum(std::string_view text) {
  std::array<char, kChecksumDigits> digits{};
  std::uint32_t rest = crc32(text);
  for (std::size_t i = digits.size(); i-- > 0; rest /= 62) digits[i] = kBase62Digits[rest % 62];
  return digits;
}

/// `<id>_<random><checksum>` of a text with the right prefix and length; empty for any other.
std::string_view after_environment(std::string_view text) {
  if (!text.starts_with(kApiKeyPrefix)) return {};
  const auto rest = text.substr(kApiKeyPrefix.size());
  for (const auto environment : kEnvironments) {
    if (!rest.starts_with(environment) || rest.size() <= environment.size()) continue;
    const auto tail = rest.substr(environment.size());
    const bool fits = tail.front() == '_' &&
                      tail.size() == 1 + kIdDigits + 1 + kRandomDigits + kChecksumDigits &&
                      tail[1 + kIdDigits] == '_';
    return fits ? tail.substr(1) : std::string_view{};
  }
  return {};
}

}  // namespace

NewApiKey make_api_key(std::string_view environment, const model::ApiKeyId& id) {
  assert(std::ranges::find(kEnvironments, environment) != kEnvironments.end());
  assert(id.value.size() == kIdDigits && is_base62(id.value));
  std::string text(kApiKeyPrefix);
  // Growing would leave a copy of a part behind.
  text.reserve(text.size() + environment.size() + 2 + kIdDigits + kRandomDigits + kChecksumDigits);
  text.append(environment).append("_").append(id.value).append("_");
  const Secret random(random_base62(kRandomDigits));
  text += random.reveal();
  const auto check = checksum(text);
  text.append(check.data(), check.size());
  return {.text = Secret(std::move(text)),
          .last4 = std::string(random.reveal().substr(kRandomDigits - 4))};
}

bool is_well_formed_api_key(std::string_view text) {
  const auto tail = after_environment(text);
  if (tail.empty() || !is_base62(tail.substr(0, kIdDigits)) ||
      !is_base62(tail.substr(kIdDigits + 1))) {
    return false;
  }
  const auto summed = text.substr(0, text.size() - kChecksumDigits);
  const auto expected = checksum(summed);
  return text.substr(summed.size()) == std::string_view(expected.data(), expected.size());
}

std::optional<std::string_view> api_key_id(std::string_view text) {
  if (!is_well_formed_api_key(text)) return std::nullopt;
  return after_environment(text).substr(0, kIdDigits);
}

}  // namespace apiforge::auth
