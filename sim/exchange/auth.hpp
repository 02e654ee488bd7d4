// Authentication of signed requests (Binance rest-api.md, "SIGNED endpoint security"). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/exchange/refusal.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

struct Keys {
  std::string key = "sim-key";
  std::string secret = "sim-secret";
};

/// Lower-case hex HMAC-SHA256.
std::string hmac_sha256_hex(std::string_view secret, std::string_view text);

/// The key of X-MBX-APIKEY: -2014 when it is not there, -2015 when it is not ours.
Outcome<void> check_key(const Keys& keys, std::string_view key_header);

/// The signature: over query and body, put together as they are without the signature itself, which
/// must be the last parameter of the body or, without one there, of the query. -1102, -1022.
Outcome<void> check_signature(const Keys& keys, std::string_view query, std::string_view body);

/// The time window: `timestamp` (milliseconds or microseconds) must be less than 1 s ahead of
/// `server_time` (Unix milliseconds) and at most `recvWindow` behind it. -1102, -1100, -1131,
/// -1021.
Outcome<void> check_time(const Parameters& parameters, std::int64_t server_time);

}  // namespace apiforge::sim::exchange
