// Cursor: a node of the document on its way to becoming a value of the model. It knows where it
// stands and reads itself as text, number and so on; what does not fit is noted as a fault, and
// reading goes on. Lives during one load, on one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "declarative/document.hpp"
#include "declarative/secret_resolver.hpp"
#include "model/quota.hpp"

namespace apiforge::declarative {

struct ReadFault {
  Position position;
  std::string pointer;  ///< JSON pointer (RFC 6901)
  std::string message;
};

/// What all cursors of one load share.
struct Reading {
  const SecretResolver* resolver;  ///< null: references stay as they are
  std::vector<ReadFault> faults = {};
};

class Cursor {
 public:
  Cursor(const Node& node, std::string pointer, Reading& reading)
      : node_(&node), pointer_(std::move(pointer)), reading_(&reading) {}

  const Node& node() const { return *node_; }
  bool is_null() const { return node_->kind == NodeKind::Null; }

  /// Any scalar, quoted or not, its references expanded.
  std::optional<std::string> text() const;
  /// `true` or `false`, unquoted.
  std::optional<bool> boolean() const;
  /// Unquoted digits, from 0 to `most`.
  std::optional<std::uint64_t> whole_number(std::uint64_t most) const;
  /// The same of one that has a least value too: whatever does not fit, the fault says both.
  std::optional<std::uint64_t> whole_number(std::uint64_t least, std::uint64_t most) const;
  /// Money: a decimal text in quotes, since others read a number as a binary fraction. Of what does
  /// not fit, `most_dollars` is told.
  std::optional<model::NanoUsd> usd(std::int64_t most_dollars) const;
  /// Unquoted digits with a point or an exponent if need be; finite.
  std::optional<double> real_number() const;
  /// The elements of a list. Of anything else: none, and a fault.
  std::vector<Cursor> items() const;
  /// The values of a map, with their keys. Of anything else: none, and a fault.
  std::vector<std::pair<std::string_view, Cursor>> entries() const;

  void fault(std::string message) const { fault_at(node_->position, {}, std::move(message)); }
  /// A fault about a member of this map: one that is missing, or whose key is wrong.
  void fault_at(Position position, std::string_view member, std::string message) const;

 private:
  void expected(std::string_view what) const;

  const Node* node_;
  std::string pointer_;
  Reading* reading_;
};

}  // namespace apiforge::declarative
