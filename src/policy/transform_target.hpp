// TargetEdits: the operations of a transformation on path and query. Part of CompiledTransform.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/transform.hpp"
#include "policy/call_template.hpp"

namespace re2 {
class RE2;
}

namespace apiforge::policy {

class TargetEdits {
 public:
  /// Of a `pattern`.
  static constexpr std::size_t kMaxPatternBytes = 1'024;
  /// Of path and query together, after the operations.
  static constexpr std::size_t kMaxTargetBytes = 64 * 1024;

  /// One of `set_query`, `add_query`, `remove_query`, `rename_query`, `rewrite_path`.
  /// InvalidConfiguration with the member at fault, `/pattern: ...`.
  Result<void> add(const model::TransformOperation& operation);
  bool empty() const { return query_edits_.empty() && path_edits_.empty(); }

  /// See CompiledTransform::edit_target.
  Result<void> apply(std::string& path, std::string& query, const TransformValues& values) const;

 private:
  struct QueryEdit {
    model::TransformKind kind;
    std::string name;     ///< decoded, as it is searched for
    std::string to;       ///< of `rename_query`, decoded
    std::string written;  ///< the name that is written, percent-encoded
    CallTemplate value;
  };
  /// A part of a new path: a template, and then what a group of the pattern matched.
  struct PathPart {
    CallTemplate text;
    std::optional<std::size_t> group;
  };
  struct PathEdit {
    std::shared_ptr<const re2::RE2> pattern;
    std::vector<PathPart> parts;
  };

  static bool can_be_canonical(const PathEdit& edit);
  Result<void> add_rewrite(const model::TransformOperation& operation);
  static Result<void> rewrite(const PathEdit& edit, std::string& path,
                              const TransformValues& values);
  static Result<void> change(const QueryEdit& edit, std::string& query,
                             const TransformValues& values);

  std::vector<PathEdit> path_edits_;
  std::vector<QueryEdit> query_edits_;
};

}  // namespace apiforge::policy
