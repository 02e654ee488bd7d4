#include "policy/transform_target.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/in_quotes.hpp"
#include "base/query.hpp"
#include "policy/canonical_target.hpp"

namespace apiforge::policy {
namespace {

using model::TransformKind;

// `\0` is the whole path, `\1` to `\9` the groups.
constexpr std::size_t kMaxGroups = 10;
// Of a compiled pattern; the default of RE2 is 8 MiB.
constexpr std::int64_t kMaxPatternMemory = 1 << 20;

std::unexpected<Error> refuse_target_rule(std::string_view member, std::string_view detail) {
  return fail(ErrorCode::InvalidConfiguration,
              std::string("/").append(member).append(": ").append(detail));
}

Result<CallTemplate> parse_value(std::string_view text) {
  auto value = CallTemplate::parse(text, TransformOf::Request);
  if (!value) return refuse_target_rule("value", value.error().detail);
  return value;
}

/// Replaces the first pair of that name, removes the others; appends when there is none.
void set_pair(std::string& query, std::string_view name, std::string_view written,
              std::string_view value) {
  std::string result;
  result.reserve(query.size() + written.size() + value.size() + 2);
  bool is_set = false;
  for_each_pair(query, [&](const QueryPair& pair) {
    if (!is_query_name(pair.name, name)) {
      result.append(result.empty() ? "" : "&").append(pair.text);
    } else if (!std::exchange(is_set, true)) {
      append_pair(result, written, value);
    }
  });
  if (!is_set) append_pair(result, written, value);
  query = std::move(result);
}

void rename_pairs(std::string& query, std::string_view name, std::string_view to,
                  std::string_view written) {
  if (!find_pair(query, name)) return;
  std::string result;
  result.reserve(query.size() + written.size());
  for_each_pair(query, [&](const QueryPair& pair) {
    const bool renamed = is_query_name(pair.name, name);
    // As with fields: what has the new name already was not meant.
    if (!renamed && is_query_name(pair.name, to)) return;
    result.append(result.empty() ? "" : "&").append(renamed ? written : pair.name);
    result.append(pair.text.substr(pair.name.size()));
  });
  query = std::move(result);
}

bool is_canonical(std::string_view path) {
  std::string storage;
  const auto target = canonicalize_target(path, "GET", storage);
  return target && target->authority.empty() && target->path == path;
}

/// Stands in for the values of any call.
struct Letters final : TransformValues {
  void append(CallValue, std::string_view, std::string& out) const override { out += 'x'; }
};

}  // namespace

Result<void> TargetEdits::add(const model::TransformOperation& operation) {
  if (operation.kind == TransformKind::RewritePath) return add_rewrite(operation);
  if (operation.name.empty())
    return refuse_target_rule("name", "must be the name of a query parameter");
  QueryEdit edit{.kind = operation.kind,
                 .name = operation.name,
                 .to = operation.to,
                 .written = percent_encode(operation.name),
                 .value = {}};
  if (operation.kind == TransformKind::RenameQuery) {
    if (operation.to.empty())
      return refuse_target_rule("to", "must be the new name of the parameter");
    edit.written = percent_encode(operation.to);
  } else if (operation.kind != TransformKind::RemoveQuery) {
    auto value = parse_value(operation.value);
    if (!value) return std::unexpected(std::move(value.error()));
    edit.value = std::move(*value);
  }
  query_edits_.push_back(std::move(edit));
  return {};
}

/// Whether the path can be canonical at all: each value and group stands for one letter here.
bool TargetEdits::can_be_canonical(const PathEdit& edit) {
  const Letters letters;
  std::string path;
  for (const PathPart& part : edit.parts) {
    if (!part.text.append_to(path, ValueEncoding::Percent, letters)) return false;
    if (part.group) path += path.empty() ? "/x" : "x";
  }
  return is_canonical(path);
}

Result<void> TargetEdits::add_rewrite(const model::TransformOperation& operation) {
  if (operation.pattern.empty() || operation.pattern.size() > kMaxPatternBytes) {
    return refuse_target_rule("pattern", "must be a pattern (RE2) of at most 1024 bytes");
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto pattern = std::make_shared<const RE2>(operation.pattern, options);
  if (!pattern->ok())
    return refuse_target_rule("pattern", "is no pattern (RE2): " + pattern->error());

  PathEdit edit{.pattern = std::move(pattern), .parts = {}};
  std::string_view rest = operation.value;
  while (true) {
    const std::size_t slash = std::min(rest.find('\\'), rest.size());
    auto text = parse_value(rest.substr(0, slash));
    if (!text) return std::unexpected(std::move(text.error()));
    edit.parts.push_back({.text = std::move(*text), .group = std::nullopt});
    if (slash == rest.size()) break;
    const char digit = slash + 1 < rest.size() ? rest[slash + 1] : ' ';
    const int group = digit >= '0' && digit <= '9' ? digit - '0' : -1;
    if (group < 0 || group > edit.pattern->NumberOfCapturingGroups()) {
      return refuse_target_rule("value",
                                "a \\ must be followed by the number of a group of the pattern");
    }
    edit.parts.back().group = static_cast<std::size_t>(group);
    rest.remove_prefix(slash + 2);
  }
  if (!can_be_canonical(edit)) {
    return refuse_target_rule("value",
                              "must make a path: / first, no query, no empty or dot segment, other "
                              "characters percent-encoded");
  }
  path_edits_.push_back(std::move(edit));
  return {};
}

Result<void> TargetEdits::apply(std::string& path, std::string& query,
                                const TransformValues& values) const {
  for (const PathEdit& edit : path_edits_) {
    if (auto done = rewrite(edit, path, values); !done) return done;
  }
  for (const QueryEdit& edit : query_edits_) {
    if (auto done = change(edit, query, values); !done) return done;
  }
  if (path.size() + query.size() > kMaxTargetBytes) {
    return fail(ErrorCode::MalformedRequest, "the transformed request target would be too long");
  }
  return {};
}

Result<void> TargetEdits::rewrite(const PathEdit& edit, std::string& path,
                                  const TransformValues& values) {
  std::array<re2::StringPiece, kMaxGroups> groups;
  const int count = std::min<int>(kMaxGroups, edit.pattern->NumberOfCapturingGroups() + 1);
  if (!edit.pattern->Match(path, 0, path.size(), RE2::ANCHOR_BOTH, groups.data(), count)) return {};
  std::string result;
  for (const PathPart& part : edit.parts) {
    if (!part.text.append_to(result, ValueEncoding::Percent, values)) {
      return fail(ErrorCode::MalformedRequest, "the rewritten path would be too long");
    }
    if (part.group) result.append(groups[*part.group].data(), groups[*part.group].size());
  }
  // Values of the caller are in it: it must have one reading, as every path that comes in.
  if (!is_canonical(result)) {
    return fail(ErrorCode::AmbiguousTarget,
                "the path that the transformation makes of this request is not canonical");
  }
  path = std::move(result);
  return {};
}

Result<void> TargetEdits::change(const QueryEdit& edit, std::string& query,
                                 const TransformValues& values) {
  std::string plain;
  if (!edit.value.append_to(plain, ValueEncoding::Plain, values)) {
    return fail(ErrorCode::MalformedRequest,
                "the value for the query parameter " + in_quotes(edit.name) + " would be too long");
  }
  const std::string value = percent_encode(plain);
  const std::string_view name = edit.name;
  switch (edit.kind) {
    case TransformKind::SetQuery:
      set_pair(query, name, edit.written, value);
      break;
    case TransformKind::AddQuery:
      append_pair(query, edit.written, value);
      break;
    case TransformKind::RenameQuery:
      rename_pairs(query, name, edit.to, edit.written);
      break;
    default:
      remove_pairs(query, std::span(&name, 1));
  }
  return {};
}

}  // namespace apiforge::policy
