// PersistentTable: an immutable hash table of shared values whose changed copy shares all but a few
// nodes with it. A tree of 16 branches a level over the bits of a hash; a leaf holds up to 32
// entries. Any thread may read a table; an Editor belongs to one thread.
//
// The table does not know its keys: `find` takes the hash and asks about candidates, so that one
// type of table serves keys by id, keys by digest, and the rest. An entry costs 24 bytes and about
// 10 more for its share of the nodes.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace apiforge::auth {

template <class Value>
class PersistentTable {
  struct Entry;
  struct Node;
  using NodePtr = std::shared_ptr<Node>;

 public:
  using ValuePtr = std::shared_ptr<const Value>;

  std::size_t size() const { return size_; }

  /// The value with this hash of which `is_it(value)` is true, or null. The table keeps it alive.
  template <class IsIt>
  const Value* find(std::uint64_t hash, IsIt is_it) const {
    const Entry* entry = find_entry(hash, is_it);
    return entry ? entry->value.get() : nullptr;
  }
  /// The same, for who keeps it longer.
  template <class IsIt>
  ValuePtr find_shared(std::uint64_t hash, IsIt is_it) const {
    const Entry* entry = find_entry(hash, is_it);
    return entry ? entry->value : nullptr;
  }

  /// Changes a copy of a table. Nodes that this editor has made are changed in place, those of the
  /// table are copied first.
  class Editor {
   public:
    explicit Editor(const PersistentTable& base) : table_(base) { ++table_.edition_; }

    const PersistentTable& table() const { return table_; }
    /// Replaces the value of which `is_it` is true, or adds one.
    template <class IsIt>
    void put(std::uint64_t hash, ValuePtr value, IsIt is_it) {
      std::vector<Entry>& entries = leaf_for(hash).entries;
      for (Entry& entry : entries) {
        if (entry.hash != hash || !is_it(*entry.value)) continue;
        entry.value = std::move(value);
        return;
      }
      add(entries, {hash, std::move(value)});
      ++table_.size_;
    }
    /// Does nothing when there is no such value.
    template <class IsIt>
    void remove(std::uint64_t hash, IsIt is_it) {
      if (!table_.find(hash, is_it)) return;
      std::vector<Entry>& entries = leaf_for(hash).entries;
      table_.size_ -= std::erase_if(
          entries, [&](const Entry& entry) { return entry.hash == hash && is_it(*entry.value); });
    }
    PersistentTable finish() && { return std::move(table_); }

   private:
    // The node, if need be a copy of it that nobody else sees.
    Node& own(NodePtr& node) {
      if (!node) {
        node = std::make_shared<Node>();
      } else if (node->edition != table_.edition_) {
        node = std::make_shared<Node>(*node);
      }
      node->edition = table_.edition_;
      return *node;
    }

    Node& leaf_for(std::uint64_t hash) {
      NodePtr* link = &table_.root_;
      for (unsigned depth = 0;; ++depth) {
        Node& node = own(*link);
        if (!node.branches) {
          if (node.entries.size() < kMaxLeaf || depth == kMaxDepth) return node;
          split(node, depth);
        }
        link = &(*node.branches)[branch_of(hash, depth)];
      }
    }

    // Doubling would leave a third of a large table unused.
    static void add(std::vector<Entry>& entries, Entry entry) {
      constexpr std::size_t kStep = 4;
      if (entries.size() == entries.capacity()) entries.reserve(entries.size() + kStep);
      entries.push_back(std::move(entry));
    }

    void split(Node& node, unsigned depth) {
      node.branches = std::make_unique<Branches>();
      for (Entry& entry : node.entries) {
        Node& leaf = own((*node.branches)[branch_of(entry.hash, depth)]);
        add(leaf.entries, std::move(entry));
      }
      node.entries = {};
    }

    PersistentTable table_;
  };

 private:
  static constexpr unsigned kBitsPerLevel = 4;
  static constexpr unsigned kMaxDepth = 64 / kBitsPerLevel;
  static constexpr std::size_t kMaxLeaf = 32;

  struct Entry {
    std::uint64_t hash;
    ValuePtr value;
  };
  using Branches = std::array<NodePtr, 1u << kBitsPerLevel>;
  // A leaf, or with `branches` an inner node, which has no entries.
  struct Node {
    Node() = default;
    Node(const Node& other) : entries(other.entries) {
      if (other.branches) branches = std::make_unique<Branches>(*other.branches);
    }
    Node& operator=(const Node&) = delete;

    // Which editor made it. An editor's number is above those of all nodes it starts from, and what
    // it does not publish nobody sees: equal numbers on one node mean the same editor.
    std::uint64_t edition = 0;
    std::unique_ptr<Branches> branches;
    std::vector<Entry> entries;
  };

  static std::size_t branch_of(std::uint64_t hash, unsigned depth) {
    return (hash >> (depth * kBitsPerLevel)) & ((1u << kBitsPerLevel) - 1);
  }

  template <class IsIt>
  const Entry* find_entry(std::uint64_t hash, IsIt& is_it) const {
    const Node* node = root_.get();
    for (unsigned depth = 0; node && node->branches; ++depth) {
      node = (*node->branches)[branch_of(hash, depth)].get();
    }
    if (!node) return nullptr;
    for (const Entry& entry : node->entries) {
      if (entry.hash == hash && is_it(*entry.value)) return &entry;
    }
    return nullptr;
  }

  NodePtr root_;
  std::size_t size_ = 0;
  std::uint64_t edition_ = 0;
};

}  // namespace apiforge::auth
