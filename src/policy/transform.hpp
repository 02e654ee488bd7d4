// CompiledTransform: the transformation of the requests or of the replies of an Api, ready to be
// applied. Made when a Snapshot is compiled; immutable, shared by all workers.
//
// The operations on header fields, on path and query, and on the JSON body are three lists, each in
// the order of the configuration. They are independent of each other, since templates read the call
// as it came. docs/transformation.md describes the operations.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/transform.hpp"
#include "model/validate.hpp"
#include "policy/call_template.hpp"
#include "policy/transform_body.hpp"
#include "policy/transform_fields.hpp"
#include "policy/transform_target.hpp"

namespace apiforge::policy {

class CompiledTransform {
 public:
  /// Those inside of `map_json` count too.
  static constexpr std::size_t kMaxOperations = FieldEdits::kMaxEdits;
  /// Of `map_json` inside of `map_json`.
  static constexpr std::size_t kMaxMapDepth = 4;

  /// InvalidConfiguration with the place, `/transform/request/2/name: ...`, and what is allowed
  /// there: an operation that is not for replies, a field that a transformation may not change, a
  /// pattern, a template, a JSON pointer or a JSON text that cannot be read, too many operations.
  static Result<CompiledTransform> compile(const std::vector<model::TransformOperation>& operations,
                                           TransformOf of);

  bool changes_fields() const { return !fields_.empty(); }
  bool changes_target() const { return !target_.empty(); }
  bool changes_head() const { return changes_fields() || changes_target(); }
  bool changes_body() const { return !body_.empty(); }

  // Errors of these three: MalformedRequest when a request cannot be changed as configured,
  // TransformFailed when a reply cannot.

  /// Fields that are set have their values in `storage` and their names here: the result is valid
  /// while these and the views that came in are.
  Result<void> edit_fields(std::vector<HeaderField>& fields, const TransformValues& values,
                           std::string& storage) const;

  /// `path` is canonical before and after (policy/canonical_target.hpp), `query` is without its
  /// `?`. What no operation names keeps its bytes and its order. AmbiguousTarget: the new path is
  /// not canonical. Requests only.
  Result<void> edit_target(std::string& path, std::string& query,
                           const TransformValues& values) const;

  /// The JSON text `body` with its changes; nullopt when it stays as it is. Further errors:
  /// BodyTooLarge, or ReplyTooLarge of a reply, when it has more than `max_bytes` before or after,
  /// or more values to change than JsonEdit::kMaxValues.
  Result<std::optional<std::string>> edit_body(std::string_view body, const TransformValues& values,
                                               std::size_t max_bytes) const;

 private:
  class Compiler;
  TransformOf of_ = TransformOf::Request;
  FieldEdits fields_;
  TargetEdits target_;
  BodyEdits body_;
};

/// The first fault of a transformation that CompiledTransform refuses; its pointer begins at the
/// Api. For those who are told of faults before there is a Snapshot.
std::optional<model::Fault> find_fault(const model::Transformation& transformation);

}  // namespace apiforge::policy
