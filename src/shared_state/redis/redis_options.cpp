#include "shared_state/redis/redis_options.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace apiforge::shared_state {
namespace {

constexpr std::uint64_t kMaxDatabase = 65'535;
constexpr std::size_t kMaxHostBytes = 253;

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorCode::InvalidValue, "the URL of Redis " + std::string(what));
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' ||
         c == '.' || c == '_';
}

bool is_address_character(char c) {
  return hex_digit_value(c) >= 0 || c == ':' || c == '.';
}

Result<void> read_login(std::string_view text, RedisOptions& options) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    return refuse("has a user without a password; write user:password@ or :password@");
  }
  auto user = percent_decode(text.substr(0, colon));
  auto password = percent_decode(text.substr(colon + 1));
  if (!user || !password) return refuse("has a login that is not percent-encoded");
  options.user = *std::move(user);
  options.password = Secret(*std::move(password));
  return {};
}

Result<void> read_server(std::string_view text, RedisOptions& options) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return refuse("has a bracket without its end");
    options.host = text.substr(1, end - 1);
    has_port = end + 1 < text.size();
    if (has_port && text[end + 1] != ':') return refuse("has text behind the address");
    if (has_port) port = text.substr(end + 2);
    if (!std::ranges::all_of(options.host, is_address_character)) {
      return refuse("has no IPv6 address in its brackets");
    }
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    options.host = lower_case(text.substr(0, colon));
    if (has_port) port = text.substr(colon + 1);
    if (!std::ranges::all_of(options.host, is_host_character)) {
      return refuse("has a host that is neither a name nor an address");
    }
  }
  if (options.host.empty() || options.host.size() > kMaxHostBytes) return refuse("has no host");
  if (!has_port) return {};
  const auto number = parse_unsigned(port);
  if (!number || *number == 0 || *number > 65'535) return refuse("has a port outside 1..65535");
  options.port = static_cast<std::uint16_t>(*number);
  return {};
}

}  // namespace

Result<RedisOptions> parse_redis_url(std::string_view text) {
  RedisOptions options;
  const auto scheme_end = text.find("://");
  const std::string scheme = lower_case(text.substr(0, std::min(scheme_end, text.size())));
  if (scheme_end == std::string_view::npos || (scheme != "redis" && scheme != "rediss")) {
    return refuse("does not begin with redis:// or rediss://");
  }
  options.tls = scheme == "rediss";
  text.remove_prefix(scheme_end + 3);
  if (text.find_first_of("?#") != std::string_view::npos) {
    return refuse("has a query or fragment; there are none");
  }

  const auto slash = text.find('/');
  std::string_view authority = text.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (const auto login = read_login(authority.substr(0, at), options); !login) {
      return std::unexpected(login.error());
    }
    authority.remove_prefix(at + 1);
  }
  if (const auto server = read_server(authority, options); !server) {
    return std::unexpected(server.error());
  }
  if (slash == std::string_view::npos || slash + 1 == text.size()) return options;
  const auto database = parse_unsigned(text.substr(slash + 1));
  if (!database || *database > kMaxDatabase) return refuse("has a database that is no number");
  options.database = static_cast<int>(*database);
  return options;
}

}  // namespace apiforge::shared_state
