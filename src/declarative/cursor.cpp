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

bool has_only_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_negative_number(const Node& node) {
  return node.is_plain && node.scalar.starts_with('-') &&
         has_only_digits(std::string_view(node.scalar).substr(1));
}

/// Why a text is no amount of money that can be had.
std::string fault_of_usd(std::string_view text, std::int64_t most_dollars) {
  const std::size_t point = text.find('.');
  const bool has_fraction = point != std::string_view::npos;
  if (!has_only_digits(text.substr(0, point)) ||
      (has_fraction && !has_only_digits(text.substr(point + 1)))) {
    return "must be USD such as \"12.5\": digits, and a point if need be, not " + in_quotes(text);
  }
  if (has_fraction && text.size() - point - 1 > 9) {
    return "must have at most nine digits behind the point, not " + in_quotes(text);
  }
  return "must be at most \"" + std::to_string(most_dollars) + "\" USD, not " + in_quotes(text);
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
  if (!number && is_negative_number(*node_)) {
    fault("must be at least 0, not " + node_->scalar);
  } else if (!number) {
    expected("a whole number");
  } else if (*number > most) {
    fault("must be at most " + std::to_string(most) + ", not " + node_->scalar);
  } else {
    return number;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Cursor::whole_number(std::uint64_t least, std::uint64_t most) const {
  const auto number = node_->is_plain ? parse_unsigned(node_->scalar) : std::nullopt;
  if (number && *number >= least && *number <= most) return number;
  fault("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
        ", not " + described(*node_));
  return std::nullopt;
}

std::optional<model::NanoUsd> Cursor::usd(std::int64_t most_dollars) const {
  if (node_->kind != NodeKind::Scalar || node_->is_plain) {
    fault("must be a decimal text in USD, in quotes, such as \"12.5\", not " + described(*node_));
    return std::nullopt;
  }
  const auto read = text();
  if (!read) return std::nullopt;
  const auto amount = model::parse_usd(*read);
  if (!amount) fault(fault_of_usd(*read, most_dollars));
  return amount;
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
