#include "app/address_rule.hpp"

#include <algorithm>

namespace apiforge::app {

bool may_connect(const NetworkSettings& network, std::string_view ip) {
  const auto address = model::parse_ip_address(ip);
  if (!address) return false;
  return model::classify(*address) == model::AddressClass::Public || is_named(network, ip);
}

bool is_named(const NetworkSettings& network, std::string_view ip) {
  const auto address = model::parse_ip_address(ip);
  return address && std::ranges::any_of(network.upstream_allow, [&](const model::Cidr& allowed) {
           return model::contains(allowed, *address);
         });
}

}  // namespace apiforge::app
