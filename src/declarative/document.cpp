#include "declarative/document.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace apiforge::declarative {
namespace {

/// `~1` is `/` and `~0` is `~` (RFC 6901 3).
std::string unescaped(std::string_view token) {
  std::string result;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    if (escape) ++i;
    result += !escape ? token[i] : token[i] == '1' ? '/' : '~';
  }
  return result;
}

const Node* child(const Node& node, std::string_view token) {
  if (node.kind == NodeKind::Map) return node.find(unescaped(token));
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
    pointer.remove_prefix(1);
    const auto slash = pointer.find('/');
    const Node* next = child(*node, pointer.substr(0, slash));
    if (next == nullptr) break;
    node = next;
    pointer = slash == std::string_view::npos ? std::string_view{} : pointer.substr(slash);
  }
  return node->position;
}

}  // namespace apiforge::declarative
