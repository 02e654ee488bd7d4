#include "model/url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "base/text.hpp"
#include "model/network.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxUrlBytes = 2'048;
constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kMaxHostLabelBytes = 63;

constexpr const char* kHostRule =
    "the host must be a DNS name, an IPv4 address or an IPv6 address in brackets";

constexpr std::uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxHostLabelBytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(
      label, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

/// Whether inet_aton(3) would take the label for a number.
bool reads_as_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  return label.size() >= 2 && label[0] == '0' && to_lower(label[1]) == 'x' &&
         std::ranges::all_of(label.substr(2), is_hex_digit);
}

std::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::InvalidValue, std::move(detail));
}

Result<void> read_host(const boost::urls::url_view& parsed, UpstreamUrl& url) {
  const auto encoded = parsed.encoded_host();
  std::string_view host(encoded.data(), encoded.size());
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool is_ipv6_text = host.find(':') != std::string_view::npos;
  const auto address = parse_ip_address(host);
  if (address && bracketed == is_ipv6_text) {
    url.host = lower_case(host);
    url.host_is_ip = true;
    return {};
  }
  if (bracketed || !is_host_name(host)) {
    return refuse(kHostRule);
  }
  url.host = lower_case(host);
  return {};
}

Result<void> read_port(const boost::urls::url_view& parsed, UpstreamUrl& url) {
  url.port = default_port(url.tls);
  if (!parsed.has_port()) return {};
  const auto text = parsed.port();
  const auto port = parse_unsigned({text.data(), text.size()});
  if (!port || *port == 0 || *port > 65'535) return refuse("the port must be from 1 to 65535");
  url.port = static_cast<std::uint16_t>(*port);
  return {};
}

/// Dots count in their percent-encoded form too. Not asked of Boost.URL, which hides a leading
/// `/.`.
bool has_dot_segment(std::string_view path) {
  std::string segment;
  for (std::size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      if (segment == "." || segment == "..") return true;
      segment.clear();
    } else if (lower_case(path.substr(i, 3)) == "%2e") {
      segment += '.';
      i += 2;
    } else {
      segment += path[i];
    }
  }
  return false;
}

Result<void> read_path(const boost::urls::url_view& parsed, UpstreamUrl& url) {
  const auto encoded = parsed.encoded_path();
  std::string_view path(encoded.data(), encoded.size());
  // Boost.URL 1.81 reads `http://1.2.3.4.example/` as the host `1.2.3.4` with the path `.example/`.
  if (!path.empty() && path.front() != '/') {
    return refuse(kHostRule);
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return {};
  if (has_dot_segment(path)) return refuse("the path must not have dot segments");
  if (path.find("//") != std::string_view::npos || path.ends_with('/')) {
    return refuse("the path must not have empty segments");
  }
  url.path_prefix = path;
  return {};
}

/// What may stand in a query (RFC 3986 3.4), percent signs included.
bool is_query(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@/?%";
  return std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  std::string_view label;
  for (std::string_view rest = text;;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return !reads_as_number(label);
}

Result<UpstreamUrl> parse_upstream_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return refuse("the URL is longer than 2048 bytes");
  const auto result = boost::urls::parse_uri({text.data(), text.size()});
  if (!result)
    return refuse("expected a URL such as https://api.example.com or http://10.0.0.7:9100");
  const boost::urls::url_view& parsed = *result;

  UpstreamUrl url;
  const auto scheme = parsed.scheme();
  url.tls = equals_ignoring_case({scheme.data(), scheme.size()}, "https");
  if (!url.tls && !equals_ignoring_case({scheme.data(), scheme.size()}, "http")) {
    return refuse("the URL must begin with http:// or https://");
  }
  if (!parsed.has_authority()) return refuse("the URL must name a host");
  if (parsed.has_userinfo()) {
    return refuse("the URL must not hold a user or password; use a credential");
  }
  if (parsed.has_query()) return refuse("the URL must not have a query");
  if (parsed.has_fragment()) return refuse("the URL must not have a fragment");
  for (const auto read : {read_host, read_port, read_path}) {
    if (auto done = read(parsed, url); !done) return std::unexpected(std::move(done.error()));
  }
  return url;
}

Result<ResourceUrl> parse_resource_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return refuse("the URL is longer than 2048 bytes");
  const auto query_at = std::min(text.find('?'), text.size());
  const std::string_view query = text.substr(query_at);
  auto server = parse_upstream_url(text.substr(0, query_at));
  if (!server) return std::unexpected(std::move(server.error()));
  if (!is_query(query)) {
    return refuse(
        "the query must be of letters, digits, percent-encoded bytes and "
        "-._~!$&'()*+,;=:@/? only");
  }
  ResourceUrl url{.server = *std::move(server), .target = {}};
  url.target = std::exchange(url.server.path_prefix, {});
  // parse_upstream_url takes a slash at the end for none.
  if (url.target.empty() || text.substr(0, query_at).ends_with('/')) url.target += '/';
  url.target += query;
  return url;
}

std::string host_field(const UpstreamUrl& url) {
  const bool ipv6 = url.host_is_ip && url.host.find(':') != std::string::npos;
  std::string field = ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != default_port(url.tls)) field += ":" + std::to_string(url.port);
  return field;
}

std::string to_string(const UpstreamUrl& url) {
  return (url.tls ? "https://" : "http://") + host_field(url) + url.path_prefix;
}

}  // namespace apiforge::model
