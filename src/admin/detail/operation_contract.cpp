#include "admin/detail/operation_contract.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cctype>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kMethods{"get", "post", "put", "patch", "delete"};

/// The object itself, or what its `$ref` leads to.
const json::object& resolved(const json::value& value, const json::object& document) {
  const json::object& object = value.as_object();
  const json::value* reference = object.if_contains("$ref");
  if (reference == nullptr) return object;
  std::string_view pointer = std::string_view(reference->as_string()).substr(1);
  const json::object* place = &document;
  while (!pointer.empty()) place = &place->at(take_json_pointer_token(pointer)).as_object();
  return *place;
}

class Reader {
 public:
  explicit Reader(const json::object& document) : document_(document) {}

  Result<OperationContracts> read() {
    for (const auto& path : document_.at("paths").as_object()) {
      const json::object& item = path.value().as_object();
      for (const std::string_view method : kMethods) {
        const json::value* operation = item.if_contains(method);
        if (operation == nullptr) continue;
        if (auto done = add(path.key(), method, item, operation->as_object()); !done) {
          return std::unexpected(std::move(done.error()));
        }
      }
    }
    return std::move(contracts_);
  }

 private:
  Result<void> add(std::string_view path, std::string_view method, const json::object& item,
                   const json::object& operation) {
    OperationContract contract;
    contract.path = path;
    std::ranges::transform(method, std::back_inserter(contract.method),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    for (const json::object* owner : {&item, &operation}) {
      const json::value* parameters = owner->if_contains("parameters");
      if (parameters == nullptr) continue;
      if (auto done = add_query(contract, parameters->as_array()); !done) return done;
    }
    if (const json::value* body = operation.if_contains("requestBody")) {
      if (auto done = add_body(contract, resolved(*body, document_)); !done) return done;
    }
    const std::string id(operation.at("operationId").as_string());
    if (!contracts_.emplace(id, std::move(contract)).second) {
      return fail(ErrorCode::InvalidConfiguration,
                  "the API's document has the operation " + in_quotes(id) + " twice");
    }
    return {};
  }

  Result<void> add_query(OperationContract& contract, const json::array& parameters) {
    for (const json::value& each : parameters) {
      const json::object& parameter = resolved(each, document_);
      if (parameter.at("in").as_string() != "query") continue;
      auto schema = schema::JsonSchema::compile(parameter.at("schema").as_object(), document_);
      if (!schema) return std::unexpected(std::move(schema.error()));
      contract.query.emplace_back(parameter.at("name").as_string(), *std::move(schema));
      const json::value* required = parameter.if_contains("required");
      if (required != nullptr && required->as_bool()) {
        contract.required_query.push_back(contract.query.back().first);
      }
    }
    return {};
  }

  Result<void> add_body(OperationContract& contract, const json::object& body) {
    const json::value* required = body.if_contains("required");
    contract.body_required = required != nullptr && required->as_bool();
    for (const auto& content : body.at("content").as_object()) {
      const json::object& media = content.value().as_object();
      auto schema = schema::JsonSchema::compile(media.at("schema").as_object(), document_);
      if (!schema) return std::unexpected(std::move(schema.error()));
      contract.bodies.emplace_back(content.key(), *std::move(schema));
    }
    return {};
  }

  const json::object& document_;
  OperationContracts contracts_;
};

}  // namespace

Result<OperationContracts> read_contracts(std::string_view openapi_json) {
  // The accessors of Boost.JSON throw when the document has another form than OpenAPI says.
  try {
    const json::value document = json::parse(openapi_json);
    return Reader(document.as_object()).read();
  } catch (const std::exception& error) {
    return fail(ErrorCode::InvalidConfiguration, "the API's document is not valid OpenAPI",
                error.what());
  }
}

}  // namespace apiforge::admin
