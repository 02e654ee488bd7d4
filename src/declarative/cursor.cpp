#include "declarative/cursor.hpp"

#include <algorithm>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"
#include "base/text.hpp"

namespace apiforge::declarative {
namespace {

bool is_empty_node(const Node& node) {
  switch (node.kind) {
    case NodeKind::Null:
      return true;
    case NodeKind::Scalar:
      return false;
    case NodeKind::Sequence:
      return std::ranges::all_of(node.items, is_empty_node);
    case NodeKind::Map:
      return std::ranges::all_of(node.entries, is_empty_node, &MapEntry::value);
  }
  return false;
}

/// What a node is, for the sentence "expected ..., found ...".
std::string described(const Node& node) {
  switch (node.kind) {
    case NodeKind::Null:
      return "nothing";
    case NodeKind::Scalar:
      return (node.is_plain ? "" : "the text ") + in_quotes(node.scalar);
    case NodeKind::Sequence:
      return "a list";
    case NodeKind::Map:
      return "a map";
  }
  return "nothing";
}

}  // namespace

bool Cursor::is_empty() const {
  return is_empty_node(*node_);
}

std::optional<std::string> Cursor::text() const {
  if (node_->kind != NodeKind::Scalar) {
    expected("text");
    return std::nullopt;
  }
  if (reading_->resolver == nullptr) return node_->scalar;
  auto expanded = expand_references(node_->scalar, *reading_->resolver);
  if (!expanded) {
    fault(std::move(expanded.error().detail));
    return std::nullopt;
  }
  return std::move(*expanded);
}

std::optional<bool> Cursor::boolean() const {
  if (node_->is_plain && node_->scalar == "true") return true;
  if (node_->is_plain && node_->scalar == "false") return false;
  expected("true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> Cursor::whole_number(std::uint64_t most) const {
  const auto number = node_->is_plain ? parse_unsigned(node_->scalar) : std::nullopt;
  if (!number) {
    expected("a whole number");
  } else if (*number > most) {
    fault("must be at most " + std::to_string(most) + ", not " + node_->scalar);
  } else {
    return number;
  }
  return std::nullopt;
}

std::vector<Cursor> Cursor::items() const {
  if (node_->kind != NodeKind::Sequence) expected("a list");
  std::vector<Cursor> cursors;
  for (const Node& item : node_->items) {
    cursors.emplace_back(item, pointer_ + "/" + std::to_string(cursors.size()), *reading_);
  }
  return cursors;
}

std::vector<std::pair<std::string_view, Cursor>> Cursor::entries() const {
  if (node_->kind != NodeKind::Map) expected("a map");
  std::vector<std::pair<std::string_view, Cursor>> cursors;
  for (const MapEntry& entry : node_->entries) {
    cursors.emplace_back(entry.key,
                         Cursor(entry.value, json_pointer_to(pointer_, entry.key), *reading_));
  }
  return cursors;
}

void Cursor::fault_at(Position position, std::string_view member, std::string message) const {
  reading_->faults.push_back({position,
                              member.empty() ? pointer_ : json_pointer_to(pointer_, member),
                              std::move(message)});
}

void Cursor::expected(std::string_view what) const {
  fault("expected " + std::string(what) + ", found " + described(*node_));
}

}  // namespace apiforge::declarative
