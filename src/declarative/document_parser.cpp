// From the events of yaml-cpp to a Node. Events, not yaml-cpp's own nodes, because those forget
// where keys stand, let duplicate keys pass, and expand aliases without a bound.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/in_quotes.hpp"
#include "declarative/document.hpp"

namespace apiforge::declarative {
namespace {

constexpr std::string_view kMergeKey = "<<";

Position position_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

/// Leaves the parser; caught in parse_document and nowhere else.
struct Abandon {
  DocumentFault fault;
};

struct Extent {
  std::size_t nodes = 1;
  std::size_t scalar_bytes = 0;
  std::size_t depth = 0;

  void include(const Extent& inner) {
    nodes += inner.nodes;
    scalar_bytes += inner.scalar_bytes;
    depth = std::max(depth, inner.depth + 1);
  }
};

Extent extent_of(const Node& node) {
  Extent extent{1, node.scalar.size(), 0};
  for (const Node& item : node.items) extent.include(extent_of(item));
  for (const MapEntry& entry : node.entries) {
    extent.include(extent_of(entry.value));
    extent.scalar_bytes += entry.key.size();
  }
  return extent;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const DocumentLimits& limits) : limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) abandon(mark, "only one document is allowed in the file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(leaf(mark, NodeKind::Null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end()) abandon(mark, "an alias must not stand inside its own anchor");
    charge(position_of(mark), extent_of(target->second));
    finish(target->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag, "tag:yaml.org,2002:str");
    Node node = leaf(mark, NodeKind::Scalar);
    node.is_plain = tag == "?" || tag.empty();
    node.scalar = value;
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "tag:yaml.org,2002:seq");
    open(leaf(mark, NodeKind::Sequence), anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "tag:yaml.org,2002:map");
    open(leaf(mark, NodeKind::Map), anchor);
  }
  void OnMapEnd() override {
    merge(open_.back());
    close();
  }

  Node take_root() { return root_ ? std::move(*root_) : Node{}; }
  std::vector<DocumentFault> take_duplicates() { return std::move(duplicates_); }

 private:
  /// A map or list whose end has not come yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;  // of a map: read, its value not yet
    std::set<std::string, std::less<>> keys;
    std::vector<Node> merged;  // values of `<<`
  };

  [[noreturn]] static void abandon(Position position, std::string message) {
    throw Abandon{{position, std::move(message)}};
  }
  [[noreturn]] static void abandon(const YAML::Mark& mark, std::string message) {
    abandon(position_of(mark), std::move(message));
  }

  static void check_tag(const YAML::Mark& mark, const std::string& tag, std::string_view own) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == own) return;
    abandon(mark, "tags are not supported here");
  }

  static Node leaf(const YAML::Mark& mark, NodeKind kind) {
    Node node;
    node.kind = kind;
    node.position = position_of(mark);
    return node;
  }

  /// Counts what is added to the tree, or copied, against the limits.
  void charge(Position position, const Extent& extent) {
    nodes_ += extent.nodes;
    scalar_bytes_ += extent.scalar_bytes;
    if (nodes_ > limits_.max_nodes || scalar_bytes_ > limits_.max_scalar_bytes) {
      abandon(position, "the document, with its aliases expanded, is too large");
    }
    if (open_.size() + extent.depth > limits_.max_depth) {
      abandon(position, "maps and lists are nested too deeply");
    }
  }

  void open(Node node, YAML::anchor_t anchor) {
    charge(node.position, Extent{});
    Open& opened = open_.emplace_back();
    opened.node = std::move(node);
    opened.anchor = anchor;
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    remember(closed.node, closed.anchor);
    attach(std::move(closed.node));
  }

  void finish(Node node, YAML::anchor_t anchor) {
    charge(node.position, Extent{1, node.scalar.size(), 0});
    remember(node, anchor);
    attach(std::move(node));
  }

  void remember(const Node& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    charge(node.position, extent_of(node));
    anchors_.insert_or_assign(anchor, node);
  }

  void attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == NodeKind::Sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != NodeKind::Scalar) abandon(node.position, "a key must be text");
      parent.key = std::move(node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Open& map, Node value) {
    const Node key = std::move(*map.key);
    map.key.reset();
    if (key.is_plain && key.scalar == kMergeKey) {
      map.merged.push_back(std::move(value));
      return;
    }
    if (!map.keys.insert(key.scalar).second) {
      duplicates_.push_back(
          {key.position, "the key " + in_quotes(key.scalar) + " stands twice in this map"});
      return;
    }
    map.node.entries.push_back({key.scalar, key.position, std::move(value)});
  }

  /// The keys of merged maps come after the map's own, and never replace one (yaml.org/type/merge).
  static void merge(Open& map) {
    for (Node& source : map.merged) {
      if (source.kind == NodeKind::Sequence) {
        for (Node& item : source.items) merge_from(map, item);
      } else {
        merge_from(map, source);
      }
    }
  }

  static void merge_from(Open& map, Node& source) {
    if (source.kind != NodeKind::Map) abandon(source.position, "only maps can be merged with <<");
    for (MapEntry& entry : source.entries) {
      if (map.keys.insert(entry.key).second) map.node.entries.push_back(std::move(entry));
    }
  }

  const DocumentLimits& limits_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::optional<Node> root_;
  std::vector<DocumentFault> duplicates_;
  std::size_t nodes_ = 0;
  std::size_t scalar_bytes_ = 0;
};

std::unexpected<std::vector<DocumentFault>> failed(Position position, std::string message) {
  return std::unexpected(std::vector{DocumentFault{position, std::move(message)}});
}

}  // namespace

std::expected<Node, std::vector<DocumentFault>> parse_document(std::string_view text,
                                                               const DocumentLimits& limits) {
  if (text.size() > limits.max_bytes) return failed({}, "the file is too large");
  if (text.find('\0') != std::string_view::npos) return failed({}, "the file is not text");
  // yaml-cpp takes a quoted scalar that the end of the file cuts off, unless a document end
  // follows.
  std::istringstream stream(std::string(text) + (text.ends_with('\n') ? "...\n" : "\n...\n"));
  TreeBuilder builder(limits);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (Abandon& abandoned) {
    return failed(abandoned.fault.position, std::move(abandoned.fault.message));
  } catch (const YAML::Exception& broken) {
    if (static_cast<std::size_t>(broken.mark.pos) >= text.size()) {
      return failed(position_of(broken.mark), "the file ends in the middle of something");
    }
    return failed(position_of(broken.mark), "this is not valid YAML: " + broken.msg);
  }
  if (auto duplicates = builder.take_duplicates(); !duplicates.empty()) {
    return std::unexpected(std::move(duplicates));
  }
  return builder.take_root();
}

}  // namespace apiforge::declarative
