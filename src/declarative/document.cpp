#include "declarative/document.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/text.hpp"

namespace apiforge::declarative {
namespace {

const Node* child(const Node& node, std::string_view token) {
  if (node.kind == NodeKind::Map) return node.find(token);
  if (node.kind != NodeKind::Sequence) return nullptr;
  const auto index = parse_unsigned(token);
  return index && *index < node.items.size() ? &node.items[*index] : nullptr;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, &MapEntry::key);
  return entry == entries.end() ? nullptr : &entry->value;
}

Position locate(const Node& root, std::string_view pointer) {
  const Node* node = &root;
  while (pointer.starts_with('/')) {
    const Node* next = child(*node, take_json_pointer_token(pointer));
    if (next == nullptr) break;
    node = next;
  }
  return node->position;
}

}  // namespace apiforge::declarative
