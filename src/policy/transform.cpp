#include "policy/transform.hpp"

#include <utility>

namespace apiforge::policy {

using model::TransformKind;
using model::TransformOperation;

/// Compiles one list of operations, and those inside of it.
class CompiledTransform::Compiler {
 public:
  explicit Compiler(TransformOf of) { result_.of_ = of; }

  Result<CompiledTransform> compile(const std::vector<TransformOperation>& operations) {
    const std::string_view list =
        result_.of_ == TransformOf::Request ? "/transform/request" : "/transform/response";
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const std::string place = std::string(list).append("/").append(std::to_string(i));
      if (auto added = add(operations[i]); !added) {
        return fail(added.error().code, place + added.error().detail);
      }
    }
    return std::move(result_);
  }

 private:
  static std::unexpected<Error> refuse(std::string detail) {
    return fail(ErrorCode::InvalidConfiguration, std::move(detail));
  }

  Result<void> add(const TransformOperation& operation) {
    switch (operation.kind) {
      case TransformKind::SetHeader:
      case TransformKind::AddHeader:
      case TransformKind::RemoveHeader:
      case TransformKind::RenameHeader:
        if (auto fits = count(); !fits) return fits;
        return result_.fields_.add(operation, result_.of_);
      case TransformKind::SetQuery:
      case TransformKind::AddQuery:
      case TransformKind::RemoveQuery:
      case TransformKind::RenameQuery:
      case TransformKind::RewritePath:
        if (auto fits = count(); !fits) return fits;
        if (result_.of_ == TransformOf::Response) {
          return refuse("/op: a reply has no path and no query; this is for requests");
        }
        return result_.target_.add(operation);
      default:
        return add_json(operation, result_.body_, 0);
    }
  }

  Result<void> add_json(const TransformOperation& operation, BodyEdits& edits, std::size_t depth) {
    if (auto fits = count(); !fits) return fits;
    if (operation.kind != TransformKind::MapJson) {
      return edits.add(operation, result_.of_, count_ - 1);
    }
    if (depth == kMaxMapDepth) {
      return refuse("/op: map_json may be inside of map_json " + std::to_string(kMaxMapDepth - 1) +
                    " times at most");
    }
    BodyEdits each;
    for (std::size_t i = 0; i < operation.operations.size(); ++i) {
      const std::string place = "/operations/" + std::to_string(i);
      const TransformOperation& inner = operation.operations[i];
      if (!is_for_json(inner.kind)) {
        return refuse(place + "/op: only operations on JSON are possible inside of map_json");
      }
      if (auto added = add_json(inner, each, depth + 1); !added) {
        return fail(added.error().code, place + added.error().detail);
      }
    }
    return edits.add_map(operation, std::move(each));
  }

  static bool is_for_json(TransformKind kind) {
    return kind == TransformKind::SetJson || kind == TransformKind::RemoveJson ||
           kind == TransformKind::MoveJson || kind == TransformKind::MapJson;
  }

  Result<void> count() {
    if (++count_ <= kMaxOperations) return {};
    return refuse(": there are more than " + std::to_string(kMaxOperations) + " operations");
  }

  CompiledTransform result_;
  std::size_t count_ = 0;
};

Result<CompiledTransform> CompiledTransform::compile(
    const std::vector<TransformOperation>& operations, TransformOf of) {
  return Compiler(of).compile(operations);
}

std::optional<model::Fault> find_fault(const model::Transformation& transformation) {
  auto compiled = CompiledTransform::compile(transformation.request, TransformOf::Request);
  if (compiled) {
    compiled = CompiledTransform::compile(transformation.response, TransformOf::Response);
  }
  if (compiled) return std::nullopt;
  const std::string& detail = compiled.error().detail;
  const std::size_t end = detail.find(": ");
  return model::Fault{detail.substr(0, end), detail.substr(end + 2)};
}

Result<void> CompiledTransform::edit_fields(std::vector<HeaderField>& fields,
                                            const TransformValues& values,
                                            std::string& storage) const {
  if (fields_.empty()) return {};
  auto fault = fields_.apply(fields, values, storage);
  if (!fault) return {};
  return fail(
      of_ == TransformOf::Request ? ErrorCode::MalformedRequest : ErrorCode::TransformFailed,
      std::move(*fault));
}

Result<void> CompiledTransform::edit_target(std::string& path, std::string& query,
                                            const TransformValues& values) const {
  if (target_.empty()) return {};
  return target_.apply(path, query, values);
}

Result<std::optional<std::string>> CompiledTransform::edit_body(std::string_view body,
                                                                const TransformValues& values,
                                                                std::size_t max_bytes) const {
  if (body_.empty()) return std::nullopt;
  auto changed = body_.apply(body, values, max_bytes);
  if (changed) return std::move(*changed);
  const bool of_request = of_ == TransformOf::Request;
  const ErrorCode code =
      changed.error().too_large
          ? (of_request ? ErrorCode::BodyTooLarge : ErrorCode::ReplyTooLarge)
          : (of_request ? ErrorCode::MalformedRequest : ErrorCode::TransformFailed);
  return fail(code, std::move(changed.error().detail));
}

}  // namespace apiforge::policy
