// Endpoint: one operation of the exchange, with its weight and security; and the table of them all.
#pragma once
#include <string>
#include <string_view>

#include "sim/exchange/refusal.hpp"
#include "sim/exchange/venue.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

enum class Security { None, Key, Signed };

struct Endpoint {
  std::string_view method;
  std::string_view path;
  Security security = Security::None;
  std::int64_t (*weight)(const Parameters&) = nullptr;
  Outcome<std::string> (*handle)(Venue&, const Parameters&) = nullptr;
  bool places_order = false;  ///< counts as an order
};

/// Null when there is none.
const Endpoint* find_endpoint(std::string_view method, std::string_view path);

}  // namespace apiforge::sim::exchange
