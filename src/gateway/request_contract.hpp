// RequestContract: what the OpenAPI document of an Api says of its requests, compiled with the
// Snapshot: paths, methods, parameters and JSON bodies. Immutable; any thread. What of a document
// this cannot read restricts nothing.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/problem.hpp"
#include "net/head.hpp"
#include "schema/json_schema.hpp"

namespace apiforge::gateway {

/// Where a parameter stands.
enum class ParameterPlace : std::uint8_t { Path, Query, Header };

struct ContractParameter {
  std::string name;
  ParameterPlace place = ParameterPlace::Query;
  bool required = false;
  bool by_commas = false;  ///< several values are one text, `a,b`
  schema::JsonSchema schema;
};

/// One method of one path.
struct ContractOperation {
  std::string method;  ///< upper case
  std::vector<ContractParameter> parameters;
  std::vector<std::pair<std::string, schema::JsonSchema>> json_bodies;  ///< by media type
  std::vector<std::string> media_types;  ///< all that the body may have; empty: any
  bool body_required = false;
};

class RequestContract {
 public:
  /// Of a document: more are not read.
  static constexpr std::size_t kMaxOperations = 2'000;
  /// A longer JSON body is refused when it has to be checked.
  static constexpr std::uint64_t kMaxBody = 4ull << 20;

  /// `document` is OpenAPI 3 as JSON text. InvalidConfiguration when it is not.
  static Result<std::unique_ptr<const RequestContract>> compile(std::string_view document);

  /// The operation of a request, and where its path parameters lie.
  struct Found {
    const ContractOperation* operation = nullptr;  ///< null: the path or the method is not there
    std::vector<std::pair<std::string_view, std::string_view>> path_values;
    std::string allow;  ///< methods of the path when only the method is not there
  };
  /// `path` is canonical, and relative to the Api. A HEAD is a GET where no HEAD is described.
  Found find(std::string_view method, std::string_view path) const;

  /// Faults of the parameters; pointers are `/path/name`, `/query/name` and `/headers/name`.
  static std::vector<BodyFault> check_parameters(const Found& found, std::string_view query,
                                                 std::span<const net::Field> fields);
  /// Whether a body may have that type at all.
  static bool takes_type(const ContractOperation& operation, std::string_view content_type);
  /// Whether a body of that type has to be checked.
  static bool checks_body(const ContractOperation& operation, std::string_view content_type);
  /// Faults of the body; the pointers are those into it.
  static std::vector<BodyFault> check_body(const ContractOperation& operation,
                                           std::string_view content_type, std::string_view body);

 private:
  struct PathTemplate {
    std::vector<std::string> segments;  ///< `{name}` matches any text
    std::vector<ContractOperation> operations;
  };
  class Compiler;
  std::vector<PathTemplate> paths_;  ///< those with a literal first where others have a parameter
};

}  // namespace apiforge::gateway
