#include "policy/transform_fields.hpp"

#include <algorithm>
#include <array>

#include "base/in_quotes.hpp"
#include "base/text.hpp"
#include "model/place.hpp"

namespace apiforge::policy {
namespace {

using model::TransformKind;

constexpr std::size_t kMaxNameBytes = 128;

constexpr std::string_view kConnectionWords =
    "belongs to the connection, which no transformation changes";
constexpr std::string_view kFramingWords =
    "describes the bytes of the message, which the gateway writes itself";
constexpr std::string_view kGatewayWords = "is written by the gateway itself";
constexpr std::string_view kCredentialWords =
    "is a credential: configure a Credential for the Api instead";

struct Reserved {
  std::string_view name;
  std::string_view why;
};

// Neither set nor removed.
constexpr std::array<Reserved, 24> kReserved{{
    {"connection", kConnectionWords},
    {"expect", kConnectionWords},
    {"http2-settings", kConnectionWords},
    {"keep-alive", kConnectionWords},
    {"proxy-authenticate", kConnectionWords},
    {"proxy-authorization", kConnectionWords},
    {"proxy-connection", kConnectionWords},
    {"te", kConnectionWords},
    {"trailer", kConnectionWords},
    {"upgrade", kConnectionWords},
    {"content-encoding", kFramingWords},
    {"content-length", kFramingWords},
    {"content-range", kFramingWords},
    {"transfer-encoding", kFramingWords},
    {"age", kGatewayWords},
    {"cache-status", kGatewayWords},
    {"forwarded", kGatewayWords},
    {"host", kGatewayWords},
    {"x-forwarded-for", kGatewayWords},
    {"x-forwarded-host", kGatewayWords},
    {"x-forwarded-port", kGatewayWords},
    {"x-forwarded-proto", kGatewayWords},
    {"x-real-ip", kGatewayWords},
    {"x-request-id", kGatewayWords},
}};

constexpr std::array<std::string_view, 4> kCredentials{"authorization", "cookie", "set-cookie",
                                                       "x-api-key"};

constexpr std::string_view kInternalPrefix = "x-apiforge-";

/// So that a value stays the value of one field, whatever the call puts into it.
bool is_field_value(std::string_view text) {
  return text.empty() || model::is_field_value(text);
}

Result<void> check_name(std::string_view member, std::string_view name, bool only_removed) {
  std::string detail;
  if (name.size() > kMaxNameBytes || !model::is_token(name)) {
    detail = "must be the name of a header field, not " + in_quotes(name);
  } else if (const auto why = FieldEdits::refusal(name, only_removed); !why.empty()) {
    detail = in_quotes(name).append(" ").append(why);
  }
  if (detail.empty()) return {};
  return fail(ErrorCode::InvalidConfiguration, std::string(member).append(": ").append(detail));
}

struct IsNamed {
  std::string_view name;
  bool operator()(const HeaderField& field) const { return equals_ignoring_case(field.name, name); }
};

/// In place of the first field of that name; the others go.
void set(std::vector<HeaderField>& fields, std::string_view name, std::string_view value) {
  const auto first = std::ranges::find_if(fields, IsNamed{name});
  if (first == fields.end()) {
    fields.push_back({name, value});
    return;
  }
  first->value = value;
  fields.erase(std::remove_if(std::next(first), fields.end(), IsNamed{name}), fields.end());
}

void rename(std::vector<HeaderField>& fields, std::string_view name, std::string_view to) {
  if (std::ranges::none_of(fields, IsNamed{name})) return;
  // A caller who knows the new name must not send a field beside the renamed one.
  if (!equals_ignoring_case(name, to)) std::erase_if(fields, IsNamed{to});
  for (HeaderField& field : fields) {
    if (IsNamed{name}(field)) field.name = to;
  }
}

}  // namespace

std::string_view FieldEdits::refusal(std::string_view name, bool only_removed) {
  const auto is = [&](std::string_view other) { return equals_ignoring_case(name, other); };
  if (name.size() >= kInternalPrefix.size() &&
      equals_ignoring_case(name.substr(0, kInternalPrefix.size()), kInternalPrefix)) {
    return kGatewayWords;
  }
  const auto reserved = std::ranges::find_if(kReserved, is, &Reserved::name);
  if (reserved != kReserved.end()) return reserved->why;
  if (!only_removed && std::ranges::any_of(kCredentials, is)) return kCredentialWords;
  return {};
}

Result<void> FieldEdits::add(const model::TransformOperation& operation, TransformOf of) {
  const bool only_removed = operation.kind == TransformKind::RemoveHeader;
  if (auto fits = check_name("/name", operation.name, only_removed); !fits) return fits;
  Edit edit{.kind = operation.kind, .name = operation.name, .to = operation.to, .value = {}};
  if (operation.kind == TransformKind::RenameHeader) {
    if (auto fits = check_name("/to", operation.to, false); !fits) return fits;
  } else if (!only_removed) {
    if (!is_field_value(operation.value)) {
      return fail(ErrorCode::InvalidConfiguration, "/value: has a control byte");
    }
    auto value = CallTemplate::parse(operation.value, of);
    if (!value) {
      return fail(ErrorCode::InvalidConfiguration, "/value: " + value.error().detail);
    }
    edit.value = std::move(*value);
  }
  edits_.push_back(std::move(edit));
  return {};
}

std::optional<std::string> FieldEdits::apply(std::vector<HeaderField>& fields,
                                             const TransformValues& values,
                                             std::string& storage) const {
  // All values first: only then does `storage` stay where it is.
  storage.clear();
  std::array<std::size_t, kMaxEdits> ends{};
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const Edit& edit = edits_[i];
    const std::size_t begin = storage.size();
    if (!edit.value.append_to(storage, ValueEncoding::Plain, values)) {
      return "the value for the header field " + in_quotes(edit.name) + " would be too long";
    }
    if (!is_field_value(std::string_view(storage).substr(begin))) {
      return "the value for the header field " + in_quotes(edit.name) +
             " would have a control byte";
    }
    ends[i] = storage.size();
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const Edit& edit = edits_[i];
    const auto value = trim(std::string_view(storage).substr(begin, ends[i] - begin));
    begin = ends[i];
    switch (edit.kind) {
      case TransformKind::SetHeader:
        set(fields, edit.name, value);
        break;
      case TransformKind::AddHeader:
        fields.push_back({edit.name, value});
        break;
      case TransformKind::RenameHeader:
        rename(fields, edit.name, edit.to);
        break;
      default:
        std::erase_if(fields, IsNamed{edit.name});
    }
  }
  return std::nullopt;
}

}  // namespace apiforge::policy
