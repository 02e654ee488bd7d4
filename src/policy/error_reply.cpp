#include "policy/error_reply.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

namespace apiforge::policy {
namespace {

namespace json = boost::json;

// Nesting beyond this is refused by the parser (Boost.JSON's own default).
constexpr std::size_t kMaxDepth = 32;

std::optional<json::value> parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code failed;
  json::value value = json::parse(text, failed, {}, options);
  if (failed) return std::nullopt;
  return value;
}

bool holds(const model::ErrorReply& declared, const json::value& body) {
  json::error_code missing;
  const json::value* found = body.find_pointer(declared.pointer, missing);
  if (found == nullptr) return false;
  if (!declared.equals) return true;
  const auto expected = parsed(*declared.equals);
  return expected && *expected == *found;
}

}  // namespace

bool is_declared_error(const std::vector<model::ErrorReply>& declared, int status,
                       std::string_view body) {
  if (declared.empty() || status != 200 || body.size() > kMaxJudgedReply) return false;
  const auto value = parsed(body);
  return value && std::ranges::any_of(declared, [&value](const model::ErrorReply& each) {
           return holds(each, *value);
         });
}

}  // namespace apiforge::policy
