// Transformation: what is changed in a request on its way to the upstream, and in its reply on the
// way back. Plain values as configured; policy/transform compiles them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace apiforge::model {

/// The names in configurations are those of the enumeration in snake_case.
enum class TransformKind : std::uint8_t {
  SetHeader,     ///< name, value: replaces all fields of that name
  AddHeader,     ///< name, value: one more
  RemoveHeader,  ///< name
  RenameHeader,  ///< name, to
  SetQuery,      ///< name, value; requests only, as all of the query and the path
  AddQuery,
  RemoveQuery,
  RenameQuery,
  RewritePath,  ///< pattern (RE2, must match the whole path), value with \1..\9
  SetJson,      ///< pointer, json: makes missing objects on the way
  RemoveJson,   ///< pointer
  MoveJson,     ///< from, pointer
  MapJson       ///< pointer to an array (or object: its values), operations for each element
};

/// One step. `value` and texts inside of `json` are templates: `{{...}}` is replaced by a value of
/// the call (policy/call_template.hpp lists the names).
struct TransformOperation {
  TransformKind kind = TransformKind::SetHeader;
  std::string name{};     ///< of a field or a query parameter
  std::string to{};       ///< new name
  std::string value{};    ///< template
  std::string pattern{};  ///< RE2
  std::string pointer{};  ///< JSON pointer (RFC 6901), relative to the element inside of `map_json`
  std::string from{};     ///< JSON pointer
  std::string json{};     ///< a JSON text
  std::vector<TransformOperation> operations{};  ///< of MapJson: those for JSON only
  friend bool operator==(const TransformOperation&, const TransformOperation&) = default;
};

struct Transformation {
  std::vector<TransformOperation> request{};
  std::vector<TransformOperation> response{};
  /// A body that has to be changed may have so many bytes, 1..16 MiB.
  std::uint64_t max_body_bytes = 1 << 20;
  bool empty() const { return request.empty() && response.empty(); }
  friend bool operator==(const Transformation&, const Transformation&) = default;
};

}  // namespace apiforge::model
