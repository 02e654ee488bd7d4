#include "events/zmq/curve_keys.hpp"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.hpp"

namespace apiforge::events {
namespace {

using KeyText = std::array<char, kCurveKeyLength + 1>;

std::unexpected<Error> refuse_keys(std::string detail) {
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

/// Whether the text is Z85 of 32 bytes. libzmq's decoder trusts the characters it is given.
bool is_key(std::string_view text) {
  constexpr std::string_view kMarks = ".-:+=^!/*?&<>()[]{}@%$#";
  return text.size() == kCurveKeyLength && std::ranges::all_of(text, [&](char c) {
           const bool is_letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
           return is_letter || (c >= '0' && c <= '9') || kMarks.contains(c);
         });
}

Result<std::vector<std::string>> read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) return refuse_keys("the file '" + path + "' with CURVE keys cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line) && lines.size() <= kMaxCurveClients;) {
    if (line.ends_with('\r')) line.pop_back();
    const std::string_view text = trim(line);
    // A key may contain `#`, so only a line that begins with one is a comment.
    const bool is_comment = text.starts_with('#') && !is_key(text);
    if (!text.empty() && !is_comment) lines.emplace_back(text);
  }
  return lines;
}

Result<Secret> secret_key_of(const CurveSettings& settings) {
  if (settings.secret_key_file.empty()) return settings.secret_key;
  if (!settings.secret_key.empty()) return refuse_keys("there are two secret CURVE keys; give one");
  const auto lines = read_lines(settings.secret_key_file);
  if (!lines) return std::unexpected(lines.error());
  return Secret(lines->empty() ? std::string() : lines->front());
}

Result<std::vector<std::string>> clients_of(const CurveSettings& settings) {
  std::vector<std::string> clients = settings.client_keys;
  if (!settings.client_keys_file.empty()) {
    auto lines = read_lines(settings.client_keys_file);
    if (!lines) return std::unexpected(lines.error());
    std::ranges::move(*lines, std::back_inserter(clients));
  }
  if (clients.size() > kMaxCurveClients) return refuse_keys("more than 1000 CURVE clients");
  if (!std::ranges::all_of(clients, is_key)) {
    return refuse_keys("a public CURVE key of a client is not 40 characters of Z85");
  }
  std::ranges::sort(clients);
  return clients;
}

}  // namespace

Result<std::optional<CurveKeys>> read_curve_keys(const CurveSettings& settings) {
  auto secret = secret_key_of(settings);
  if (!secret) return std::unexpected(secret.error());
  auto clients = clients_of(settings);
  if (!clients) return std::unexpected(clients.error());
  if (secret->empty() && settings.secret_key_file.empty()) {
    if (!clients->empty())
      return refuse_keys("CURVE clients are named, but this server has no key");
    return std::nullopt;
  }
  if (!is_key(secret->reveal()))
    return refuse_keys("the secret CURVE key is not 40 characters of Z85");
  KeyText public_key{};
  if (zmq_curve_public(public_key.data(), std::string(secret->reveal()).c_str()) != 0) {
    return refuse_keys("this libzmq cannot do CURVE, or does not take the secret key");
  }
  return CurveKeys{std::string(public_key.data(), kCurveKeyLength), *std::move(secret),
                   *std::move(clients)};
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
