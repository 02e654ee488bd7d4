#include "app/address_rule.hpp"

#include <algorithm>

#include "net/resolve_now.hpp"

namespace apiforge::app {

bool may_connect(const NetworkSettings& network, std::string_view ip) {
  const auto address = model::parse_ip_address(ip);
  if (!address) return false;
  return model::classify(*address) == model::AddressClass::Public || is_named(network, ip);
}

Result<void> check_endpoint(const NetworkSettings& network, const model::UpstreamUrl& url) {
  for (const std::string& address : net::resolve_now(url.host)) {
    if (may_connect(network, address)) continue;
    return fail(ErrorCode::InvalidValue,
                "leads to " + address +
                    ", which is not a public address; an operator can allow it with "
                    "UPSTREAM_ALLOW_CIDRS");
  }
  return {};
}

bool is_named(const NetworkSettings& network, std::string_view ip) {
  const auto address = model::parse_ip_address(ip);
  return address && std::ranges::any_of(network.upstream_allow, [&](const model::Cidr& allowed) {
           return model::contains(allowed, *address);
         });
}

}  // namespace apiforge::app
