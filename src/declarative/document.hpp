// A YAML document as a plain tree that remembers where everything stands. Anchors, aliases and
// merge keys are already expanded, within bounds. Values; pure, any thread.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::declarative {

/// Both count from 1; columns count bytes.
struct Position {
  int line = 1;
  int column = 1;

  friend auto operator<=>(const Position&, const Position&) = default;
};

struct DocumentLimits {
  std::size_t max_bytes = 16u << 20;         ///< of the text
  std::size_t max_depth = 32;                ///< of maps and lists in each other
  std::size_t max_nodes = 1'000'000;         ///< after the expansion of aliases
  std::size_t max_scalar_bytes = 32u << 20;  ///< of all scalars together, after the expansion
};

enum class NodeKind : std::uint8_t { Null, Scalar, Sequence, Map };

struct MapEntry;

/// One node. Which of the members counts is told by `kind`.
struct Node {
  NodeKind kind = NodeKind::Null;
  Position position;
  bool is_plain = false;  ///< a scalar without quotes: may be a number or a boolean
  std::string scalar;
  std::vector<Node> items;
  std::vector<MapEntry> entries;  ///< in the order of the file, keys unique

  /// The value of a key, or null.
  const Node* find(std::string_view key) const;
};

struct MapEntry {
  std::string key;
  Position key_position;
  Node value;
};

struct DocumentFault {
  Position position;
  std::string message;
};

/// Reads exactly one YAML 1.2 document (an empty text is a Null node). Fails with all duplicate
/// keys, or with the first thing that is no YAML, breaks a limit, or is not supported: tags other
/// than
/// `!!str`, `!!map` and `!!seq`, and keys that are not text.
std::expected<Node, std::vector<DocumentFault>> parse_document(std::string_view text,
                                                               const DocumentLimits& limits = {});

/// Where the node of a JSON pointer (RFC 6901) stands, or, when it is not there, the nearest node
/// above it that is.
Position locate(const Node& root, std::string_view pointer);

}  // namespace apiforge::declarative
