// The base URL of an endpoint, taken apart. A value; pure functions, any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::model {

struct UpstreamUrl {
  bool tls = false;
  std::string host;  ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string
      path_prefix;  ///< empty, or `/x/y` without a trailing slash, percent-encoded as written
  bool host_is_ip = false;

  friend bool operator==(const UpstreamUrl&, const UpstreamUrl&) = default;
};

/// Reads `http://` or `https://`, host, optional port (1..65535) and path prefix (RFC 3986). Fails
/// with InvalidValue for anything else: user information, a query, a fragment, empty or dot
/// segments, a host that is neither a DNS name nor an address in its usual spelling. The detail
/// does not repeat the URL, which may hold a password.
Result<UpstreamUrl> parse_upstream_url(std::string_view text);

/// The address of a document or a webhook, taken apart.
struct ResourceUrl {
  UpstreamUrl server;  ///< without its path
  std::string target;  ///< path and query, as they are sent
};

/// Reads what parse_upstream_url reads, and a query (RFC 3986 3.4); a slash at the end is part of
/// the address here.
Result<ResourceUrl> parse_resource_url(std::string_view text);

/// The URL again, in canonical form (default ports left out).
std::string to_string(const UpstreamUrl& url);

/// The value of the Host field for this endpoint (RFC 9110 7.2): brackets around IPv6, no default
/// port.
std::string host_field(const UpstreamUrl& url);

/// Whether `text` is a DNS name: labels of 1..63 letters, digits, `-` and `_`, 253 in all, and the
/// last label not a number, since resolvers read such a name as an IPv4 address (`0x7f.1`,
/// `2130706433`).
bool is_host_name(std::string_view text);

}  // namespace apiforge::model
