#include "admin/detail/operation_call.hpp"

#include <algorithm>
#include <boost/json/value_to.hpp>

#include "admin/cursor.hpp"
#include "base/rfc3339.hpp"
#include "base/text.hpp"

namespace apiforge::admin {
namespace {

constexpr std::uint32_t kDefaultLimit = 50;

/// The member unless it is absent or null.
const boost::json::value* present(const boost::json::object& body, std::string_view name) {
  const boost::json::value* value = body.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

std::optional<std::string> OperationCall::parameter(std::string_view name) const {
  const auto found =
      std::ranges::find_if(query, [&](const auto& each) { return each.first == name; });
  return found == query.end() ? std::nullopt : std::optional(found->second);
}

std::optional<WallTime> OperationCall::time_parameter(std::string_view name) const {
  const auto text = parameter(name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

std::uint32_t OperationCall::limit() const {
  const auto text = parameter("limit");
  const auto number = text ? parse_unsigned(*text) : std::nullopt;
  return number ? static_cast<std::uint32_t>(*number) : kDefaultLimit;
}

Result<auth::accounts::PageQuery> OperationCall::page() const {
  auth::accounts::PageQuery page;
  page.limit = limit();
  if (const auto text = parameter("cursor")) {
    auto after = read_cursor(*text);
    if (!after) return std::unexpected(std::move(after.error()));
    page.after = *std::move(after);
  }
  return page;
}

std::string OperationCall::text(std::string_view name) const {
  return std::string(body.at(name).as_string());
}

std::vector<std::string> OperationCall::texts(std::string_view name) const {
  return boost::json::value_to<std::vector<std::string>>(body.at(name));
}

std::optional<std::string> OperationCall::optional_text(std::string_view name) const {
  return present(body, name) != nullptr ? std::optional(text(name)) : std::nullopt;
}

std::optional<Secret> OperationCall::optional_secret(std::string_view name) const {
  return present(body, name) != nullptr ? std::optional(secret(name)) : std::nullopt;
}

std::optional<std::vector<std::string>> OperationCall::optional_texts(std::string_view name) const {
  return present(body, name) != nullptr ? std::optional(texts(name)) : std::nullopt;
}

std::optional<bool> OperationCall::optional_flag(std::string_view name) const {
  const boost::json::value* value = present(body, name);
  return value != nullptr ? std::optional(value->as_bool()) : std::nullopt;
}

std::optional<std::int64_t> OperationCall::optional_integer(std::string_view name) const {
  const boost::json::value* value = present(body, name);
  return value != nullptr ? std::optional(value->to_number<std::int64_t>()) : std::nullopt;
}

std::optional<WallTime> OperationCall::optional_time(std::string_view name) const {
  const auto value = optional_text(name);
  return value ? parse_rfc3339(*value) : std::nullopt;
}

}  // namespace apiforge::admin
