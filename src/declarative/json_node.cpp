#include "declarative/json_node.hpp"

#include <boost/json.hpp>

namespace apiforge::declarative {
namespace {

namespace json = boost::json;

Node scalar(std::string text, bool is_plain) {
  Node node;
  node.kind = NodeKind::Scalar;
  node.is_plain = is_plain;
  node.scalar = std::move(text);
  return node;
}

/// What a plain scalar stands for.
json::value plain_value(const std::string& text) {
  if (text.empty() || text == "~" || text == "null") return nullptr;
  // A JSON number or boolean; what YAML allows beyond (`+1`, `.5`, `0x1F`) stays a text.
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (!error && (value.is_number() || value.is_bool())) return value;
  return json::value(text);
}

json::value value_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::Null:
      return nullptr;
    case NodeKind::Scalar:
      return node.is_plain ? plain_value(node.scalar) : json::value(node.scalar);
    case NodeKind::Sequence: {
      json::array items;
      for (const Node& item : node.items) items.push_back(value_of(item));
      return items;
    }
    case NodeKind::Map: {
      json::object members;
      for (const MapEntry& entry : node.entries) members.emplace(entry.key, value_of(entry.value));
      return members;
    }
  }
  return nullptr;
}

}  // namespace

Node node_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return {};
    case json::kind::string:
      return scalar(std::string(value.get_string()), false);
    case json::kind::array: {
      Node node;
      node.kind = NodeKind::Sequence;
      for (const json::value& item : value.get_array()) node.items.push_back(node_of(item));
      return node;
    }
    case json::kind::object: {
      Node node;
      node.kind = NodeKind::Map;
      for (const auto& [key, member] : value.get_object()) {
        node.entries.push_back({std::string(key), {}, node_of(member)});
      }
      return node;
    }
    default:
      return scalar(json::serialize(value), true);
  }
}

std::string json_text_of(const Node& node) {
  return json::serialize(value_of(node));
}

}  // namespace apiforge::declarative
