// FieldEdits: the operations of a transformation on header fields. Part of CompiledTransform.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/transform.hpp"
#include "policy/call_template.hpp"

namespace apiforge::policy {

/// A field as views into storage of the caller's.
struct HeaderField {
  std::string_view name;
  std::string_view value;  ///< without surrounding white space, no control bytes
};

class FieldEdits {
 public:
  /// No more are added: CompiledTransform counts them.
  static constexpr std::size_t kMaxEdits = 64;

  /// Why a field of that name is not for transformations: it belongs to framing, to the connection,
  /// to the gateway, or (unless it is only removed) it is a credential. Empty when it is.
  static std::string_view refusal(std::string_view name, bool only_removed);

  /// One of `set_header`, `add_header`, `remove_header`, `rename_header`. InvalidConfiguration with
  /// the member at fault, `/name: ...`.
  Result<void> add(const model::TransformOperation& operation, TransformOf of);
  bool empty() const { return edits_.empty(); }

  /// nullopt, or what cannot be done. See CompiledTransform::edit_fields.
  std::optional<std::string> apply(std::vector<HeaderField>& fields, const TransformValues& values,
                                   std::string& storage) const;

 private:
  struct Edit {
    model::TransformKind kind;
    std::string name;
    std::string to;
    CallTemplate value;
  };
  std::vector<Edit> edits_;
};

}  // namespace apiforge::policy
