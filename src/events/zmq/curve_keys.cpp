#include "events/zmq/curve_keys.hpp"

#include <zmq.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace apiforge::events {
namespace {

using KeyText = std::array<char, kCurveKeyLength + 1>;

std::unexpected<Error> refuse_keys(std::string detail) {
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

Result<std::vector<std::string>> clients_of(const CurveSettings& settings) {
  std::vector<std::string> clients = settings.client_keys;
  if (clients.size() > kMaxCurveClients) return refuse_keys("more than 1000 CURVE clients");
  if (!std::ranges::all_of(clients, is_curve_key)) {
    return refuse_keys("a public CURVE key of a client is not 40 characters of Z85");
  }
  std::ranges::sort(clients);
  return clients;
}

}  // namespace

// libzmq's decoder trusts the characters it is given.
bool is_curve_key(std::string_view text) {
  constexpr std::string_view kMarks = ".-:+=^!/*?&<>()[]{}@%$#";
  return text.size() == kCurveKeyLength && std::ranges::all_of(text, [&](char c) {
           const bool is_letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
           return is_letter || (c >= '0' && c <= '9') || kMarks.contains(c);
         });
}

Result<std::optional<CurveKeys>> read_curve_keys(const CurveSettings& settings) {
  const Secret& secret = settings.secret_key;
  auto clients = clients_of(settings);
  if (!clients) return std::unexpected(clients.error());
  if (secret.empty()) {
    if (clients->empty()) return std::nullopt;
    return refuse_keys("CURVE clients are named, but this server has no key");
  }
  if (!is_curve_key(secret.reveal())) {
    return refuse_keys("the secret CURVE key is not 40 characters of Z85");
  }
  KeyText public_key{};
  if (zmq_curve_public(public_key.data(), std::string(secret.reveal()).c_str()) != 0) {
    return refuse_keys("this libzmq cannot do CURVE, or does not take the secret key");
  }
  return CurveKeys{std::string(public_key.data(), kCurveKeyLength), secret, *std::move(clients)};
}

Result<CurveKeyPair> make_curve_key_pair() {
  KeyText public_key{};
  KeyText secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return refuse_keys("this libzmq cannot do CURVE");
  }
  CurveKeyPair pair{std::string(public_key.data(), kCurveKeyLength),
                    Secret(std::string(secret_key.data(), kCurveKeyLength))};
  secret_key.fill('\0');
  return pair;
}

}  // namespace apiforge::events
