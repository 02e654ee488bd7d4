#include "sim/exchange/auth.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.hpp"

namespace apiforge::sim::exchange {
namespace {

constexpr std::int64_t kDefaultWindow = 5000;
constexpr std::int64_t kMaxWindow = 60'000;
constexpr std::int64_t kMaxAhead = 1000;
/// A timestamp from here on is in microseconds: as milliseconds it would lie beyond the year 5000.
constexpr std::uint64_t kFirstMicroseconds = 100'000'000'000'000;

constexpr std::string_view kSignature = "signature=";

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Where the parameter `signature` begins in a query or form; npos when it is not in it.
std::size_t find_signature(std::string_view text) {
  for (auto at = text.find(kSignature); at != std::string_view::npos;
       at = text.find(kSignature, at + 1)) {
    if (at == 0 || text[at - 1] == '&') return at;
  }
  return std::string_view::npos;
}

/// Milliseconds; recvWindow may have three decimals, of which the whole part is enough here.
std::optional<std::uint64_t> parse_window(std::string_view text) {
  return parse_unsigned(text.substr(0, text.find('.')));
}

}  // namespace

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
  return hex;
}

Outcome<void> check_key(const Keys& keys, std::string_view key_header) {
  if (key_header.empty()) return refuse(-2014, "API-key format invalid.", 401);
  if (!same_bytes(key_header, keys.key)) {
    return refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401);
  }
  return {};
}

Outcome<void> check_signature(const Keys& keys, std::string_view query, std::string_view body) {
  const bool in_body = find_signature(body) != std::string_view::npos;
  std::string_view& carrier = in_body ? body : query;
  const auto at = find_signature(carrier);
  if (at == std::string_view::npos) return missing_parameter("signature");
  const auto signature = carrier.substr(at + kSignature.size());
  carrier = carrier.substr(0, at == 0 ? 0 : at - 1);
  const auto expected = hmac_sha256_hex(keys.secret, std::string(query).append(body));
  if (!same_bytes(lower_case(signature), expected)) {
    return refuse(-1022, "Signature for this request is not valid.");
  }
  return {};
}

Outcome<void> check_time(const Parameters& parameters, std::int64_t server_time) {
  const auto timestamp_text = parameters.find("timestamp").value_or("");
  if (timestamp_text.empty()) return missing_parameter("timestamp");
  auto timestamp = parse_unsigned(timestamp_text);
  if (!timestamp) return illegal_characters("timestamp", "^[0-9]{1,20}$");
  if (*timestamp >= kFirstMicroseconds) *timestamp /= 1000;

  std::int64_t window = kDefaultWindow;
  if (const auto text = parameters.find("recvWindow")) {
    const auto parsed = parse_window(*text);
    if (!parsed) return illegal_characters("recvWindow", "^[0-9]{1,5}(\\.[0-9]{1,3})?$");
    if (*parsed > kMaxWindow) return refuse(-1131, "recvWindow must be less than 60000");
    window = static_cast<std::int64_t>(*parsed);
  }

  const auto sent = static_cast<std::int64_t>(*timestamp);
  if (sent >= server_time + kMaxAhead) {
    return refuse(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (server_time - sent > window) {
    return refuse(-1021, "Timestamp for this request is outside of the recvWindow.");
  }
  return {};
}

}  // namespace apiforge::sim::exchange
