#include "quota/alert_delivery.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "base/encoding.hpp"

namespace apiforge::quota {

std::string make_alert_id(WallTime now) {
  std::array<std::uint8_t, 10> random{};
  randombytes_buf(random.data(), random.size());
  return fmt::format("{:012x}{}", unix_milliseconds(now), hex(random));
}

std::string sign_webhook(const Secret& secret, WallTime now, std::string_view body) {
  if (secret.empty()) return {};
  const std::string time = std::to_string(unix_milliseconds(now) / 1'000);
  const ByteView key = bytes_of(secret.reveal());
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  for (const std::string_view part : {std::string_view(time), std::string_view("."), body}) {
    crypto_auth_hmacsha256_update(&state, bytes_of(part).data(), part.size());
  }
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> code{};
  crypto_auth_hmacsha256_final(&state, code.data());
  sodium_memzero(&state, sizeof state);
  return "t=" + time + ",v1=" + hex(code);
}

}  // namespace apiforge::quota
