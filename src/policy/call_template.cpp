#include "policy/call_template.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.hpp"
#include "base/in_quotes.hpp"
#include "base/problem.hpp"
#include "base/text.hpp"

namespace apiforge::policy {
namespace {

struct Name {
  std::string_view text;  ///< with the `.` before an argument, where there is one
  CallValue value;
};

constexpr std::array<Name, 12> kPlaceholderNames{{
    {"request.method", CallValue::RequestMethod},
    {"request.path", CallValue::RequestPath},
    {"request.id", CallValue::RequestId},
    {"request.header.", CallValue::RequestHeader},
    {"request.query.", CallValue::RequestQuery},
    {"client", CallValue::Client},
    {"caller.tenant", CallValue::CallerTenant},
    {"caller.label", CallValue::CallerLabel},
    {"api.name", CallValue::ApiName},
    {"api.version", CallValue::ApiVersion},
    {"response.status", CallValue::ResponseStatus},
    {"response.header.", CallValue::ResponseHeader},
}};

// What proves who the caller is stays between the caller and the gateway.
constexpr std::array<std::string_view, 4> kCredentialFields{"authorization", "proxy-authorization",
                                                            "x-api-key", "cookie"};

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

struct Meaning {
  CallValue value;
  std::string argument;
};

std::unexpected<Error> refuse_template(std::string detail) {
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

std::optional<Meaning> find_meaning(std::string_view text) {
  for (const Name& name : kPlaceholderNames) {
    const bool takes_argument = name.text.ends_with('.');
    if (takes_argument ? text.starts_with(name.text) && text.size() > name.text.size()
                       : text == name.text) {
      return Meaning{name.value, std::string(text.substr(name.text.size()))};
    }
  }
  return std::nullopt;
}

Result<Meaning> meaning_of(std::string_view text, TransformOf of) {
  auto meaning = find_meaning(text);
  if (!meaning) {
    return refuse_template(
        "there is no value " + in_quotes(text) +
        "; those of a call begin with request., client, caller., api. or response.");
  }
  const bool of_reply =
      meaning->value == CallValue::ResponseStatus || meaning->value == CallValue::ResponseHeader;
  if (of_reply && of == TransformOf::Request) {
    return refuse_template(in_quotes(text) + " is not known yet when the request is changed");
  }
  const bool credential = meaning->value == CallValue::RequestHeader &&
                          std::ranges::any_of(kCredentialFields, [&](std::string_view name) {
                            return equals_ignoring_case(name, meaning->argument);
                          });
  if (credential) return refuse_template(in_quotes(text) + " is a credential, which is not copied");
  return std::move(*meaning);
}

void append_encoded(std::string& out, std::string_view value, ValueEncoding encoding) {
  switch (encoding) {
    case ValueEncoding::Plain:
      out += value;
      return;
    case ValueEncoding::Percent:
      append_percent_encoded(out, value);
      return;
    case ValueEncoding::Json:
      append_json_text(out, value);
      return;
  }
}

}  // namespace

Result<CallTemplate> CallTemplate::parse(std::string_view text, TransformOf of) {
  if (text.size() > kMaxBytes) {
    return refuse_template("has " + std::to_string(text.size()) + " bytes; allowed are " +
                           std::to_string(kMaxBytes));
  }
  CallTemplate result;
  while (true) {
    const std::size_t open = text.find(kOpen);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find(kClose, open);
    if (close == std::string_view::npos) {
      return refuse_template("has a {{ without }}; a value of the call is written {{client}}");
    }
    const std::size_t begin = open + kOpen.size();
    auto meaning = meaning_of(trim(text.substr(begin, close - begin)), of);
    if (!meaning) return std::unexpected(std::move(meaning.error()));
    result.places_.push_back(
        {std::string(text.substr(0, open)), meaning->value, std::move(meaning->argument)});
    text.remove_prefix(close + kClose.size());
  }
  result.rest_ = text;
  return result;
}

bool CallTemplate::append_to(std::string& out, ValueEncoding encoding,
                             const TransformValues& values) const {
  const std::size_t begin = out.size();
  std::string value;
  for (const Place& place : places_) {
    out += place.before;
    value.clear();
    values.append(place.value, place.argument, value);
    if (value.size() > kMaxExpandedBytes) return false;
    append_encoded(out, value, encoding);
    if (out.size() - begin > kMaxExpandedBytes) return false;
  }
  out += rest_;
  return out.size() - begin <= kMaxExpandedBytes;
}

}  // namespace apiforge::policy
