#include "policy/transform_body.hpp"

#include <algorithm>

#include "policy/json_scan.hpp"

namespace apiforge::policy {
namespace {

using model::TransformKind;

// Bodies grow by some members; what grows by more makes room for itself.
constexpr std::size_t kExpectedGrowth = 256;

std::unexpected<Error> refuse(std::string_view member, std::string_view detail) {
  return fail(ErrorCode::InvalidConfiguration,
              std::string("/").append(member).append(": ").append(detail));
}

Result<JsonPath> parse_path(std::string_view member, std::string_view pointer) {
  auto path = parse_json_path(pointer);
  if (!path) return refuse(member, path.error().detail);
  return path;
}

bool is_at_or_below(const JsonPath& path, const JsonPath& above) {
  return path.size() >= above.size() &&
         std::ranges::equal(above, std::span(path).first(above.size()), {}, &JsonToken::text,
                            &JsonToken::text);
}

}  // namespace

Result<void> BodyEdits::add(const model::TransformOperation& operation, TransformOf of,
                            std::size_t number) {
  auto path = parse_path("pointer", operation.pointer);
  if (!path) return std::unexpected(std::move(path.error()));
  Edit edit{.kind = operation.kind,
            .path = std::move(*path),
            .from = {},
            .text = {},
            .number = number,
            .each = {}};
  if (operation.kind == TransformKind::SetJson) {
    const std::string_view json = trim_json(operation.json);
    if (const auto fault = find_json_fault(json)) return refuse("json", fault->detail);
    auto text = CallTemplate::parse(json, of);
    if (!text) return refuse("json", text.error().detail);
    edit.text = std::move(*text);
  } else if (operation.kind == TransformKind::MoveJson) {
    auto from = parse_path("from", operation.from);
    if (!from) return std::unexpected(std::move(from.error()));
    edit.from = std::move(*from);
    if (is_at_or_below(edit.path, edit.from)) {
      return refuse("pointer", "must not be at or below `from`");
    }
  } else if (edit.path.empty()) {
    return refuse("pointer", "must name a part of the body; the whole cannot be removed");
  }
  numbers_ = std::max(numbers_, number + 1);
  edits_.push_back(std::move(edit));
  return {};
}

Result<void> BodyEdits::add_map(const model::TransformOperation& operation, BodyEdits each) {
  auto path = parse_path("pointer", operation.pointer);
  if (!path) return std::unexpected(std::move(path.error()));
  if (each.empty()) return refuse("operations", "must have at least one operation");
  Edit edit{.kind = operation.kind,
            .path = std::move(*path),
            .from = {},
            .text = {},
            .number = 0,
            .each = {}};
  numbers_ = std::max(numbers_, each.numbers_);
  edit.each.push_back(std::move(each));
  edits_.push_back(std::move(edit));
  return {};
}

/// The edits of one body.
class BodyEdits::Run {
 public:
  Run(const TransformValues& values, std::size_t texts) : values_(values), texts_(texts) {}

  /// Makes the texts that are put in, once, however many places get them. False when one would be
  /// too long.
  bool prepare(const BodyEdits& edits) {
    for (const Edit& edit : edits.edits_) {
      if (!edit.text.is_fixed() &&
          !edit.text.append_to(texts_[edit.number], ValueEncoding::Json, values_)) {
        return false;
      }
      for (const BodyEdits& each : edit.each) {
        if (!prepare(each)) return false;
      }
    }
    return true;
  }

  bool apply(const BodyEdits& edits, JsonEdit::Place place) const {
    bool changed = false;
    for (const Edit& edit : edits.edits_) changed |= apply(edit, place);
    return changed;
  }

 private:
  bool apply(const Edit& edit, JsonEdit::Place place) const {
    switch (edit.kind) {
      case TransformKind::SetJson:
        return place.set(edit.path, edit.text.is_fixed() ? edit.text.fixed_text()
                                                         : std::string_view(texts_[edit.number]));
      case TransformKind::RemoveJson:
        return place.remove(edit.path);
      case TransformKind::MoveJson:
        return place.move(edit.from, edit.path);
      default:
        return place.each(
            edit.path, [&](JsonEdit::Place element) { return apply(edit.each.front(), element); });
    }
  }

  const TransformValues& values_;
  std::vector<std::string> texts_;  ///< by the number of the operation; keeps its size
};

std::expected<std::optional<std::string>, JsonFault> BodyEdits::apply(std::string_view body,
                                                                      const TransformValues& values,
                                                                      std::size_t max_bytes) const {
  const auto too_large = [&](std::string_view when) {
    return std::unexpected(JsonFault{.too_large = true,
                                     .detail = std::string("the JSON body has more than ")
                                                   .append(std::to_string(max_bytes))
                                                   .append(" bytes ")
                                                   .append(when)
                                                   .append(" (transform.max_body_bytes)")});
  };
  if (body.size() > max_bytes) return too_large("before it is changed");
  if (auto fault = find_json_fault(body)) return std::unexpected(std::move(*fault));
  Run run(values, numbers_);
  if (!run.prepare(*this)) {
    return std::unexpected(
        JsonFault{.too_large = false, .detail = "a value for the JSON body would be too long"});
  }
  JsonEdit edit(body);
  const bool changed = run.apply(*this, edit.root());
  if (edit.fault()) return std::unexpected(*edit.fault());
  if (!changed) return std::nullopt;
  std::string result;
  result.reserve(std::min(max_bytes, body.size() + kExpectedGrowth));
  if (!edit.write(result, max_bytes)) return too_large("after it was changed");
  if (result == body) return std::nullopt;
  return result;
}

}  // namespace apiforge::policy
