#include "model/trusted_issuer.hpp"

#include "model/network.hpp"

namespace apiforge::model {
namespace {

bool is_public_address(const UpstreamUrl& url) {
  const auto address = parse_ip_address(url.host);
  return address && classify(*address) == AddressClass::Public;
}

}  // namespace

Result<ResourceUrl> parse_key_set_url(std::string_view text) {
  auto url = parse_resource_url(text);
  if (!url) return url;
  if (!url->server.tls && is_public_address(url->server)) {
    return fail(ErrorCode::InvalidValue,
                "must be https://, since keys that come in the clear could be anybody's");
  }
  return url;
}

}  // namespace apiforge::model
