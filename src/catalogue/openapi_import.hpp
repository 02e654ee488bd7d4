// From an OpenAPI document to an Api. Pure; any thread.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "model/api.hpp"

namespace apiforge::catalogue {

inline constexpr std::size_t kMaxImportBytes = 4 << 20;

struct ImportOptions {
  std::string name{};     ///< empty: made of `info.title`
  std::string version{};  ///< empty: `info.version`
  bool enforce = false;   ///< requests that the document does not allow are refused
};

/// Reads an OpenAPI 3.0 or 3.1 document, JSON or YAML, of at most kMaxImportBytes. The endpoints
/// are its `servers` (absolute URLs; variables stand for their defaults), the route is
/// `/proxy/{name}`. `validation.document` is the document in a normal form, JSON, with what
/// requests need only:
///
///     {"openapi": "3.1.0",
///      "paths": {"/pets/{id}": {"get": {
///        "parameters": [{"name", "in", "required", "schema"}],
///        "requestBody": {"required", "content": {"application/json": {"schema"}}}}}},
///      "components": {"schemas": {...}}}
///
/// Parameters of a path are those of its operations, references lead to schemas only, and schemas
/// are JSON Schema 2020-12 without annotations. References to other documents are faults. Faults
/// have pointers into the document and name what is missing.
std::expected<model::Api, std::vector<BodyFault>> api_from_openapi(std::string_view document,
                                                                   const ImportOptions& options);

}  // namespace apiforge::catalogue
