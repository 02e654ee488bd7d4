// What Binance wants to see on a request, by its path: nothing, the API key, or a signature. The
// security types NONE, MARKET_DATA and USER_STREAM, TRADE and USER_DATA of
// https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security and their
// like for futures (fapi, dapi), options (eapi), portfolio margin (papi) and wallet (sapi). Pure
// functions; any thread.
#pragma once
#include <cstdint>
#include <string_view>

namespace apiforge::connectors::binance {

enum class SecurityClass : std::uint8_t {
  Public,   ///< nothing; a request with parameters too many is refused (error -1101)
  KeyOnly,  ///< the API key as a header field
  Signed,   ///< key, timestamp and signature
};

/// The class of a request; `path` is without its query, and may have the route's or the endpoint's
/// prefix before `/api/v3/...`. What is not known to be less is Signed: that can at worst be
/// refused, while an order without a signature certainly is.
SecurityClass security_class(std::string_view method, std::string_view path);

/// The target that tells the time on the host that serves `path`, without a prefix: each product
/// has its own clock.
std::string_view time_target(std::string_view path);

}  // namespace apiforge::connectors::binance
