// The two replies of Binance that the connector itself reads. The bodies come from the network:
// anything may stand in them. Pure functions; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace apiforge::connectors::binance {

/// `INVALID_TIMESTAMP`: the request was refused for its timestamp before it was executed
/// (https://developers.binance.com/docs/binance-spot-api-docs/errors).
inline constexpr std::int64_t kInvalidTimestamp = -1021;

/// The `code` of an error body `{"code":-1021,"msg":"..."}`; nullopt for anything else.
std::optional<std::int64_t> parse_error_code(std::string_view body);

/// The time in `{"serverTime":1499827319559}` (ms); nullopt for anything else and for a time that
/// is not in 2017..2100.
std::optional<WallTime> parse_server_time(std::string_view body);

}  // namespace apiforge::connectors::binance
