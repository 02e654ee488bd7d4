#include "declarative/cursor.hpp"

#include <charconv>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"
#include "base/text.hpp"

namespace apiforge::declarative {
namespace {

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

std::optional<double> Cursor::real_number() const {
  const std::string& text = node_->scalar;
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const bool begins = text.size() > sign && text[sign] >= '0' && text[sign] <= '9';
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (node_->is_plain && begins && error == std::errc() && end == text.data() + text.size()) {
    return number;
  }
  expected("a number");
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
