#include "model/trusted_issuer.hpp"

#include <algorithm>
#include <utility>

#include "model/network.hpp"

namespace apiforge::model {
namespace {

/// What may stand in a query (RFC 3986 3.4), percent signs included.
bool is_query(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@/?%";
  return std::ranges::all_of(text, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_public_address(const UpstreamUrl& url) {
  const auto address = parse_ip_address(url.host);
  return address && classify(*address) == AddressClass::Public;
}

}  // namespace

Result<KeySetUrl> parse_key_set_url(std::string_view text) {
  const auto query_at = std::min(text.find('?'), text.size());
  const std::string_view query = text.substr(query_at);
  auto server = parse_upstream_url(text.substr(0, query_at));
  if (!server) return std::unexpected(std::move(server.error()));
  if (!is_query(query)) {
    return fail(ErrorCode::InvalidValue,
                "the query must be of letters, digits, percent-encoded bytes and "
                "-._~!$&'()*+,;=:@/? only");
  }
  if (!server->tls && is_public_address(*server)) {
    return fail(ErrorCode::InvalidValue,
                "must be https://, since keys that come in the clear could be anybody's");
  }
  KeySetUrl url{.server = *std::move(server), .target = {}};
  url.target = std::exchange(url.server.path_prefix, {});
  // A slash at the end is part of the address here, as parse_upstream_url takes it for none.
  if (url.target.empty() || text.substr(0, query_at).ends_with('/')) url.target += '/';
  url.target += query;
  return url;
}

}  // namespace apiforge::model
