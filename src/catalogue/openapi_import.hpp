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
inline constexpr std::size_t kMaxImportFaults = 100;

struct ImportOptions {
  std::string name{};     ///< empty: made of `info.title`
  std::string version{};  ///< empty: `info.version`
  bool enforce = false;   ///< requests that the document does not allow are refused
};

/// Reads an OpenAPI 3.0 or 3.1 document, JSON or YAML, of at most kMaxImportBytes. The endpoints
/// are its `servers` (absolute URLs; variables stand for their defaults), the route is
/// `/proxy/{name}`. `validation.document` is what requests need of the document, as JSON: paths
/// with their parameters and request bodies, and the components that these refer to; descriptions,
/// examples, replies and extensions are left out. References to other documents and those that lead
/// nowhere are faults. Faults have pointers into the document and name what is missing; there are
/// at most kMaxImportFaults.
std::expected<model::Api, std::vector<BodyFault>> api_from_openapi(std::string_view document,
                                                                   const ImportOptions& options);

}  // namespace apiforge::catalogue
