// What the tests of transformations share: one call with its values, and operations that are short
// to write. Tests, fuzzing and benchmarks only.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/transform.hpp"
#include "policy/transform.hpp"

namespace apiforge::policy {

/// A call of which everything is known beforehand.
struct KnownCall final : TransformValues {
  std::map<std::pair<CallValue, std::string>, std::string> values{
      {{CallValue::RequestMethod, ""}, "GET"},
      {{CallValue::RequestPath, ""}, "/proxy/shop/orders"},
      {{CallValue::RequestId, ""}, "req-1"},
      {{CallValue::RequestHeader, "x-color"}, "blue"},
      {{CallValue::RequestQuery, "page"}, "2 & 3"},
      {{CallValue::Client, ""}, "192.0.2.7"},
      {{CallValue::CallerTenant, ""}, "acme"},
      {{CallValue::CallerLabel, ""}, "key:7"},
      {{CallValue::ApiName, ""}, "shop"},
      {{CallValue::ApiVersion, ""}, "v1"},
      {{CallValue::ResponseStatus, ""}, "200"},
      {{CallValue::ResponseHeader, "x-shard"}, "eu"},
  };

  void append(CallValue value, std::string_view argument, std::string& out) const override {
    const auto found = values.find({value, std::string(argument)});
    if (found != values.end()) out += found->second;
  }
};

using Operations = std::vector<model::TransformOperation>;

inline model::TransformOperation operation(model::TransformKind kind) {
  model::TransformOperation result;
  result.kind = kind;
  return result;
}

inline model::TransformOperation set_header(std::string name, std::string value) {
  auto result = operation(model::TransformKind::SetHeader);
  result.name = std::move(name);
  result.value = std::move(value);
  return result;
}

inline model::TransformOperation add_header(std::string name, std::string value) {
  auto result = set_header(std::move(name), std::move(value));
  result.kind = model::TransformKind::AddHeader;
  return result;
}

inline model::TransformOperation remove_header(std::string name) {
  auto result = set_header(std::move(name), {});
  result.kind = model::TransformKind::RemoveHeader;
  return result;
}

inline model::TransformOperation rename_header(std::string name, std::string to) {
  auto result = operation(model::TransformKind::RenameHeader);
  result.name = std::move(name);
  result.to = std::move(to);
  return result;
}

inline model::TransformOperation set_query(std::string name, std::string value) {
  auto result = set_header(std::move(name), std::move(value));
  result.kind = model::TransformKind::SetQuery;
  return result;
}

inline model::TransformOperation add_query(std::string name, std::string value) {
  auto result = set_header(std::move(name), std::move(value));
  result.kind = model::TransformKind::AddQuery;
  return result;
}

inline model::TransformOperation remove_query(std::string name) {
  auto result = set_header(std::move(name), {});
  result.kind = model::TransformKind::RemoveQuery;
  return result;
}

inline model::TransformOperation rename_query(std::string name, std::string to) {
  auto result = rename_header(std::move(name), std::move(to));
  result.kind = model::TransformKind::RenameQuery;
  return result;
}

inline model::TransformOperation rewrite_path(std::string pattern, std::string value) {
  auto result = operation(model::TransformKind::RewritePath);
  result.pattern = std::move(pattern);
  result.value = std::move(value);
  return result;
}

inline model::TransformOperation set_json(std::string pointer, std::string json) {
  auto result = operation(model::TransformKind::SetJson);
  result.pointer = std::move(pointer);
  result.json = std::move(json);
  return result;
}

inline model::TransformOperation remove_json(std::string pointer) {
  auto result = set_json(std::move(pointer), {});
  result.kind = model::TransformKind::RemoveJson;
  return result;
}

inline model::TransformOperation move_json(std::string from, std::string pointer) {
  auto result = operation(model::TransformKind::MoveJson);
  result.from = std::move(from);
  result.pointer = std::move(pointer);
  return result;
}

inline model::TransformOperation map_json(std::string pointer, Operations operations) {
  auto result = operation(model::TransformKind::MapJson);
  result.pointer = std::move(pointer);
  result.operations = std::move(operations);
  return result;
}

}  // namespace apiforge::policy
