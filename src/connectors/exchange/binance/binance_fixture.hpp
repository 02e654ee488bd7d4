// For the tests of this folder: a connector with the published example credential, and verbs to
// send requests through it on simulated time.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <string>

#include "base/encoding.hpp"
#include "base/query.hpp"
#include "connectors/exchange/binance/binance_connector.hpp"

namespace apiforge::connectors::binance {

inline constexpr std::string_view kExampleKey =
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
inline constexpr std::string_view kExampleSecret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
inline constexpr std::string_view kExamplePem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

inline model::Credential hmac_credential() {
  return {
      "main",
      "hmac",
      {{"key", Secret(std::string(kExampleKey))}, {"secret", Secret(std::string(kExampleSecret))}}};
}

inline model::Credential ed25519_credential() {
  return {"main",
          "ed25519",
          {{"key", Secret(std::string(kExampleKey))},
           {"private_key", Secret(std::string(kExamplePem))}}};
}

/// HMAC-SHA256 in hexadecimal, computed without our own code for it.
inline std::string independent_hmac(std::string_view message) {
  std::array<std::uint8_t, 32> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), kExampleSecret.data(), static_cast<int>(kExampleSecret.size()),
       bytes_of(message).data(), message.size(), out.data(), &size);
  return hex(out);
}

/// What stands before `&signature=` (or is empty when that is all there is), and the signature.
struct SignedText {
  std::string payload;
  std::string signature;
};

inline SignedText split_signature(std::string_view text) {
  const auto at = text.rfind("&signature=");
  if (at == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 11))};
}

class BinanceTest : public testing::Test {
 protected:
  BinanceTest() {
    given_credential(hmac_credential());
    given_time(1'499'827'319'559);
  }

  void given_credential(const model::Credential& credential) {
    auto made = make_binance_connector(model::Api{}, &credential);
    ASSERT_TRUE(made) << made.error().detail;
    connector_ = *std::move(made);
  }

  void given_time(std::int64_t milliseconds) {
    local_.set_wall(WallTime(std::chrono::milliseconds(milliseconds)));
  }

  Result<void> try_to_send(std::string_view method, std::string target, std::string body = {},
                           std::string_view content_type = kFormType) {
    target_ = std::move(target);
    body_ = std::move(body);
    fields_.clear();
    const bool sees_body = connector_->needs_body(method, target_);
    SigningRequest request{method, target_, sees_body ? &body_ : nullptr, fields_,
                           body_.empty() ? std::string_view() : content_type};
    return connector_->sign(request, local_.wall());
  }

  void send(std::string_view method, std::string target, std::string body = {},
            std::string_view content_type = kFormType) {
    const auto done = try_to_send(method, std::move(target), std::move(body), content_type);
    ASSERT_TRUE(done) << done.error().detail;
  }

  static std::string key_line() { return "X-MBX-APIKEY: " + std::string(kExampleKey) + "\r\n"; }

  std::shared_ptr<const Connector> connector_;
  SimulatedClock local_;
  std::string target_;  // as sent last
  std::string body_;
  std::string fields_;
};

}  // namespace apiforge::connectors::binance
