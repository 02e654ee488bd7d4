// BodyEdits: the operations of a transformation on a JSON body. Part of CompiledTransform.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/transform.hpp"
#include "policy/call_template.hpp"
#include "policy/json_edit.hpp"

namespace apiforge::policy {

class BodyEdits {
 public:
  /// One of `set_json`, `remove_json`, `move_json`; InvalidConfiguration with the member at fault,
  /// `/pointer: ...`. `number` is that of the operation among all of the transformation.
  Result<void> add(const model::TransformOperation& operation, TransformOf of, std::size_t number);
  /// `map_json` with the operations that it does on each element.
  Result<void> add_map(const model::TransformOperation& operation, BodyEdits each);
  bool empty() const { return edits_.empty(); }

  /// See CompiledTransform::edit_body.
  std::expected<std::optional<std::string>, JsonFault> apply(std::string_view body,
                                                             const TransformValues& values,
                                                             std::size_t max_bytes) const;

 private:
  struct Edit {
    model::TransformKind kind;
    JsonPath path;
    JsonPath from;
    CallTemplate text;            ///< of set_json
    std::size_t number;           ///< of set_json
    std::vector<BodyEdits> each;  ///< of map_json: one
  };
  class Run;
  std::vector<Edit> edits_;
  std::size_t numbers_ = 0;  ///< one more than the highest
};

}  // namespace apiforge::policy
