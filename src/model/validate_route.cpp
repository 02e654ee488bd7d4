#include <algorithm>
#include <set>

#include "model/network.hpp"
#include "model/place.hpp"
#include "model/url.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxRoutePathBytes = 1'024;
constexpr std::size_t kMaxMatches = 64;

bool is_parameter_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Characters that stand for themselves in a path segment (pchar of RFC 3986, without `%`).
bool is_path_character(char c) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@";
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
}

/// What is wrong with one segment, or nothing. `parameters` collects the names seen in this path.
std::string segment_fault(std::string_view segment, std::set<std::string_view>& parameters) {
  if (segment.empty()) return "must not have empty segments";
  if (segment == "." || segment == "..") return "must not have dot segments";
  if (segment.find_first_of("{}") != std::string_view::npos) {
    const bool whole = segment.front() == '{' && segment.back() == '}';
    const auto name = whole ? segment.substr(1, segment.size() - 2) : std::string_view{};
    if (!is_parameter_name(name)) {
      return "a parameter must be a whole segment such as {name}, of letters, digits and _";
    }
    if (!parameters.insert(name).second)
      return "has the parameter {" + std::string(name) + "} twice";
    return {};
  }
  if (!std::ranges::all_of(segment, is_path_character)) {
    return "may hold letters, digits, /, {name} and -._~!$&'()*+,;=:@ only";
  }
  return {};
}

void validate_path(const Place& place, std::string_view path) {
  if (!path.starts_with('/')) return place.fault("must begin with /, not " + in_quotes(path));
  if (path.size() > kMaxRoutePathBytes) return place.fault("must have at most 1024 bytes");
  std::string_view rest = path.substr(1);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() && path.size() <= 1) return;
  std::set<std::string_view> parameters;
  for (;;) {
    const auto slash = rest.find('/');
    if (auto fault = segment_fault(rest.substr(0, slash), parameters); !fault.empty()) {
      return place.fault(std::move(fault));
    }
    if (slash == std::string_view::npos) return;
    rest.remove_prefix(slash + 1);
  }
}

void validate_hosts(const Place& place, const std::vector<std::string>& hosts) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    std::string_view name = hosts[i];
    if (name.starts_with("*.")) name.remove_prefix(2);
    if (is_host_name(name) || parse_ip_address(hosts[i])) continue;
    place.item(i).fault(
        "must be a name such as api.example.com or *.example.com, without a port, not " +
        in_quotes(hosts[i]));
  }
}

void validate_methods(const Place& place, const std::vector<std::string>& methods) {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const std::string& method = methods[i];
    const bool lower = std::ranges::any_of(method, [](char c) { return c >= 'a' && c <= 'z'; });
    if (is_token(method) && !lower) continue;
    place.item(i).fault("must be a method in capital letters such as GET, not " +
                        in_quotes(method));
  }
}

void validate_headers(const Place& place, const std::map<std::string, std::string>& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) place.member(name).fault("is not a header name");
    if (!is_field_value(value)) {
      place.member(name).fault("must be a value without control characters, not empty");
    }
  }
}

}  // namespace

void validate_route(const Place& place, const Route& route) {
  validate_path(place.member("path"), route.path);
  validate_hosts(place.member("hosts"), route.hosts);
  validate_methods(place.member("methods"), route.methods);
  validate_headers(place.member("headers"), route.headers);
  const std::size_t most =
      std::max({route.hosts.size(), route.methods.size(), route.headers.size()});
  if (most > kMaxMatches) place.fault("must have at most 64 hosts, methods and headers each");
}

}  // namespace apiforge::model
