// OperationContract: what the API's document says of one operation's requests, compiled. Immutable;
// any thread.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/json_schema.hpp"

namespace apiforge::admin {

struct OperationContract {
  std::string method;  ///< upper case
  std::string path;
  /// Of the body, by media type; empty when the operation takes none.
  std::vector<std::pair<std::string, schema::JsonSchema>> bodies;
  bool body_required = false;
  std::vector<std::pair<std::string, schema::JsonSchema>> query;
  std::vector<std::string> required_query;
};
using OperationContracts = std::map<std::string, OperationContract, std::less<>>;

/// By operationId. InvalidConfiguration when the document is not what this build understands.
Result<OperationContracts> read_contracts(std::string_view openapi_json);

}  // namespace apiforge::admin
