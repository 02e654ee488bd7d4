#include "admin/router.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"

namespace apiforge::admin {
namespace {

constexpr std::size_t kMaxIdLength = 64;

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

/// The id in a path that has the form of the pattern; empty when the pattern has none; nullopt when
/// the path has another form.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const auto open = pattern.find('{');
  if (open == std::string_view::npos) {
    return pattern == path ? std::optional(std::string()) : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, open);
  const std::string_view after = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= before.size() + after.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  const std::string_view segment =
      path.substr(before.size(), path.size() - before.size() - after.size());
  auto id = percent_decode(segment);
  return id && is_id(*id) ? id : std::nullopt;
}

void add_method(std::string& allow, net::Method method) {
  allow.append(allow.empty() ? "" : ", ").append(net::method_name(method));
  if (method == net::Method::Get) allow.append(", HEAD");
}

}  // namespace

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdLength && text.front() != '.' &&
         std::ranges::all_of(text, is_id_character);
}

Router::Found Router::find(net::Method method, std::string_view path) const {
  const net::Method wanted = method == net::Method::Head ? net::Method::Get : method;
  Found found;
  for (const Operation& operation : operations_) {
    auto id = match(operation.path, path);
    if (!id) continue;
    if (operation.method == wanted) return {&operation, *std::move(id), {}};
    add_method(found.allow, operation.method);
  }
  return found;
}

}  // namespace apiforge::admin
