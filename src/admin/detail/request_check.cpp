#include "admin/detail/request_check.hpp"

#include <algorithm>

#include "admin/detail/json_text.hpp"
#include "base/encoding.hpp"
#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"
#include "base/query.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace apiforge::admin {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::size_t kMaxQueryPairs = 64;
constexpr std::size_t kMaxIdempotencyKey = 255;

std::unexpected<Refused> refuse(ErrorCode code, std::string detail) {
  return std::unexpected(Refused{{code, std::move(detail), {}}});
}

/// Whether the parameters of a media type leave it UTF-8.
bool is_utf8_type(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const std::string_view each = trim(parameters.substr(0, end));
    parameters = end == std::string_view::npos ? "" : parameters.substr(end + 1);
    if (each.size() < 8 || !equals_ignoring_case(each.substr(0, 8), "charset=")) continue;
    std::string_view value = each.substr(8);
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    if (!equals_ignoring_case(value, "utf-8")) return false;
  }
  return true;
}

/// The schema for the body's media type; null when there is none.
const std::pair<std::string, schema::JsonSchema>* find_media(const OperationContract& contract,
                                                             std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  const std::string_view type = trim(content_type.substr(0, semicolon));
  if (semicolon != std::string_view::npos && !is_utf8_type(content_type.substr(semicolon + 1))) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(
      contract.bodies, [&](const auto& each) { return equals_ignoring_case(each.first, type); });
  return found == contract.bodies.end() ? nullptr : &*found;
}

std::unexpected<Refused> wrong_media(const OperationContract& contract) {
  std::string types;
  for (const auto& [type, schema] : contract.bodies) {
    types.append(types.empty() ? "" : " or ").append(type);
  }
  return refuse(ErrorCode::UnsupportedMediaType,
                "the body must be " + types + ", in UTF-8 and without a Content-Encoding");
}

std::optional<std::string> decode_query_text(std::string_view raw) {
  std::string spaced(raw);
  std::ranges::replace(spaced, '+', ' ');
  auto text = percent_decode(spaced);
  return text && utf8_length(*text) ? text : std::nullopt;
}

/// What is wrong with one query parameter; empty when nothing is.
std::string fault_of_parameter(const OperationContract& contract, std::string_view name,
                               std::string_view value) {
  const auto parameter =
      std::ranges::find_if(contract.query, [&](const auto& each) { return each.first == name; });
  if (parameter == contract.query.end()) {
    std::vector<std::string_view> known;
    for (const auto& each : contract.query) known.push_back(each.first);
    return "is not known here" + did_you_mean(name, known);
  }
  const auto faults = parameter->second.check_parameter(value);
  return faults.empty() ? std::string() : faults.front().message;
}

}  // namespace

Refused invalid_body(std::vector<BodyFault> faults) {
  const std::string& first = faults.front().pointer;
  std::string detail = (first.empty() ? "the body" : first) + " " + faults.front().message;
  return {{ErrorCode::InvalidBody, std::move(detail), {}}, std::move(faults)};
}

Checked<boost::json::object> check_body(const ControlRequest& request,
                                        const OperationContract& contract) {
  if (contract.bodies.empty()) return boost::json::object();
  if (request.body.empty() && !contract.body_required) return boost::json::object();
  const auto* media = find_media(contract, request.field("Content-Type").value_or(""));
  const bool encoded =
      !equals_ignoring_case(request.field("Content-Encoding").value_or("identity"), "identity");
  if (media == nullptr || encoded) return wrong_media(contract);
  auto value = media->first == kFormType ? parse_form(request.body) : parse_json(request.body);
  if (!value) return std::unexpected(Refused{std::move(value.error())});
  auto faults = media->second.check(*value);
  if (!faults.empty()) return std::unexpected(invalid_body(std::move(faults)));
  return std::move(value->as_object());
}

Result<std::vector<std::pair<std::string, std::string>>> check_query(
    const ControlRequest& request, const OperationContract& contract) {
  std::vector<std::pair<std::string, std::string>> query;
  std::optional<Error> error;
  for_each_pair(request.query, [&](const QueryPair& pair) {
    if (error) return;
    const auto name = decode_query_text(pair.name);
    auto value = decode_query_text(pair.value);
    if (!name || !value || query.size() == kMaxQueryPairs) {
      error = Error{ErrorCode::InvalidParameter, "the query is not UTF-8 in percent-encoding", {}};
      return;
    }
    const bool twice = std::ranges::any_of(query, [&](auto& each) { return each.first == *name; });
    const std::string fault =
        twice ? "is given twice" : fault_of_parameter(contract, *name, *value);
    if (!fault.empty()) {
      error =
          Error{ErrorCode::InvalidParameter, "the parameter " + in_quotes(*name) + " " + fault, {}};
    }
    query.emplace_back(*name, *std::move(value));
  });
  if (error) return std::unexpected(*std::move(error));
  for (const std::string& name : contract.required_query) {
    if (std::ranges::find(query, name, [](auto& each) { return each.first; }) != query.end()) {
      continue;
    }
    return fail(ErrorCode::InvalidParameter, "the parameter " + in_quotes(name) + " is missing");
  }
  return query;
}

Result<auth::accounts::IfMatch> check_if_match(const ControlRequest& request) {
  const auto text = request.field("If-Match");
  if (!text || *text == "*") return auth::accounts::IfMatch();
  const bool quoted = text->size() > 2 && text->starts_with('"') && text->ends_with('"');
  const auto revision = quoted ? parse_unsigned(text->substr(1, text->size() - 2)) : std::nullopt;
  if (!revision) {
    return fail(ErrorCode::InvalidParameter,
                "If-Match must be the ETag of the resource as it was sent, or *");
  }
  return revision;
}

Result<std::optional<std::string>> check_idempotency_key(const ControlRequest& request) {
  const auto text = request.field("Idempotency-Key");
  if (!text) return std::optional<std::string>();
  const bool good = !text->empty() && text->size() <= kMaxIdempotencyKey &&
                    std::ranges::all_of(*text, [](char c) { return c > ' ' && c < 0x7F; });
  if (!good) {
    return fail(ErrorCode::InvalidParameter,
                "Idempotency-Key must be 1 to 255 visible ASCII characters");
  }
  return std::optional(std::string(*text));
}

}  // namespace apiforge::admin
