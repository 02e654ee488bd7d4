#include <algorithm>
#include <array>
#include <span>

#include "model/bounds.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxOperations = 64;  // those inside of map_json included
constexpr int kMaxMapDepth = 4;
constexpr std::size_t kMaxTransformTextBytes = 8'192;

enum class Need : std::uint8_t { Absent, Text, Token, Pointer, WholePointer };

/// Which members an operation has, and what they are.
struct Form {
  TransformKind kind;
  std::string_view op;
  bool for_replies = true;
  bool for_json = false;
  Need name = Need::Absent;
  Need to = Need::Absent;
  bool has_value = false;
  bool has_pattern = false;
  Need pointer = Need::Absent;
  Need from = Need::Absent;
  bool has_json = false;
  bool has_operations = false;
};

using enum TransformKind;
constexpr std::array<Form, 13> kForms{{
    {.kind = SetHeader, .op = "set_header", .name = Need::Token, .has_value = true},
    {.kind = AddHeader, .op = "add_header", .name = Need::Token, .has_value = true},
    {.kind = RemoveHeader, .op = "remove_header", .name = Need::Token},
    {.kind = RenameHeader, .op = "rename_header", .name = Need::Token, .to = Need::Token},
    {.kind = SetQuery,
     .op = "set_query",
     .for_replies = false,
     .name = Need::Text,
     .has_value = true},
    {.kind = AddQuery,
     .op = "add_query",
     .for_replies = false,
     .name = Need::Text,
     .has_value = true},
    {.kind = RemoveQuery, .op = "remove_query", .for_replies = false, .name = Need::Text},
    {.kind = RenameQuery,
     .op = "rename_query",
     .for_replies = false,
     .name = Need::Text,
     .to = Need::Text},
    {.kind = RewritePath,
     .op = "rewrite_path",
     .for_replies = false,
     .has_value = true,
     .has_pattern = true},
    {.kind = SetJson,
     .op = "set_json",
     .for_json = true,
     .pointer = Need::WholePointer,
     .has_json = true},
    {.kind = RemoveJson, .op = "remove_json", .for_json = true, .pointer = Need::Pointer},
    {.kind = MoveJson,
     .op = "move_json",
     .for_json = true,
     .pointer = Need::WholePointer,
     .from = Need::Pointer},
    {.kind = MapJson,
     .op = "map_json",
     .for_json = true,
     .pointer = Need::WholePointer,
     .has_operations = true},
}};

const Form& form_of(TransformKind kind) {
  return *std::ranges::find(kForms, kind, &Form::kind);
}

constexpr Bounds<Transformation> kBodyBounds[] = {
    {"max_body_bytes", [](const Transformation& t) { return number_of(t.max_body_bytes); }, 1,
     16 << 20},
};

class Operations {
 public:
  explicit Operations(bool for_replies) : for_replies_(for_replies) {}

  void check(const Place& place, std::span<const TransformOperation> operations, int depth) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (++count_ == kMaxOperations + 1) place.fault("must have at most 64 operations in all");
      if (count_ > kMaxOperations) return;
      check_one(place.item(i), operations[i], depth);
    }
  }

 private:
  void check_one(const Place& place, const TransformOperation& operation, int depth) {
    const Form& form = form_of(operation.kind);
    if (for_replies_ && !form.for_replies) {
      return place.member("op").fault(std::string(form.op) + " is for requests only");
    }
    if (depth > 0 && !form.for_json) {
      return place.member("op").fault(std::string(form.op) +
                                      " cannot stand inside of map_json, which is for JSON only");
    }
    check_text(place.member("name"), form, form.name, operation.name);
    check_text(place.member("to"), form, form.to, operation.to);
    check_text(place.member("pointer"), form, form.pointer, operation.pointer);
    check_text(place.member("from"), form, form.from, operation.from);
    check_value(place.member("value"), form, operation.value);
    check_text(place.member("pattern"), form, form.has_pattern ? Need::Text : Need::Absent,
               operation.pattern);
    check_text(place.member("json"), form, form.has_json ? Need::Text : Need::Absent,
               operation.json);
    check_inner(place.member("operations"), form, operation.operations, depth);
  }

  static void check_text(const Place& place, const Form& form, Need need, std::string_view text) {
    if (text.size() > kMaxTransformTextBytes) return place.fault("must have at most 8192 bytes");
    switch (need) {
      case Need::Absent:
        if (!text.empty()) place.fault("is no member of " + std::string(form.op));
        return;
      case Need::Text:
        if (text.empty()) place.fault("is required for " + std::string(form.op));
        return;
      case Need::Token:
        if (text.empty()) return place.fault("is required for " + std::string(form.op));
        if (!is_token(text)) place.fault("must be the name of a header, not " + in_quotes(text));
        return;
      case Need::WholePointer:
        if (text.empty()) return;
        [[fallthrough]];
      case Need::Pointer:
        if (!is_json_pointer(text)) {
          place.fault("must be a JSON pointer such as /data/id, not " + in_quotes(text));
        }
        return;
    }
  }

  /// A value may be empty.
  static void check_value(const Place& place, const Form& form, std::string_view value) {
    if (!form.has_value) return check_text(place, form, Need::Absent, value);
    if (value.size() > kMaxTransformTextBytes) place.fault("must have at most 8192 bytes");
    if (!value.empty() && !is_field_value(value)) place.fault("must not hold control characters");
  }

  void check_inner(const Place& place, const Form& form,
                   const std::vector<TransformOperation>& operations, int depth) {
    if (!form.has_operations) {
      if (!operations.empty()) place.fault("is no member of " + std::string(form.op));
    } else if (operations.empty()) {
      place.fault("is required for map_json, and not empty");
    } else if (depth == kMaxMapDepth) {
      place.fault("must not be nested deeper than 4");
    } else {
      check(place, operations, depth + 1);
    }
  }

  bool for_replies_;
  std::size_t count_ = 0;
};

}  // namespace

void validate_transformation(const Place& place, const Transformation& transformation) {
  validate_bounds(place, transformation, kBodyBounds);
  Operations(false).check(place.member("request"), transformation.request, 0);
  Operations(true).check(place.member("response"), transformation.response, 0);
}

}  // namespace apiforge::model
