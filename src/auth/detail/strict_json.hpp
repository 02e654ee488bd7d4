// StrictJson: one JSON object, read so that it means one thing only: valid UTF-8, nothing behind
// it, bounded depth and size, and no member named twice in one object (RFC 7515 4 leaves it to us
// to refuse those; parsers that take the first and parsers that take the last would disagree).
// Immutable once read; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::auth {

class StrictJson {
 public:
  enum class Kind : std::uint8_t { Object, Array, Text, Integer, Real, Boolean, Null };

  /// One value; members and elements follow their parent. Texts are parts of a common storage.
  struct Node {
    Kind kind = Kind::Null;
    bool boolean = false;
    std::uint32_t parent = 0;
    std::uint32_t name_at = 0, name_size = 0;
    std::uint32_t text_at = 0, text_size = 0;
    std::int64_t integer = 0;
  };

  static constexpr std::size_t kMaxDepth = 8;

  /// nullopt when the text is not such an object or has more than `max_values` values.
  static std::optional<StrictJson> parse(std::string_view text, std::size_t max_values = 256);

  const Node& root() const { return nodes_.front(); }
  /// The member of an object; nullptr when there is none.
  const Node* member(const Node& object, std::string_view name) const;
  const Node* member(std::string_view name) const { return member(root(), name); }
  /// What a JSON Pointer of member names leads to; nullptr when nothing is there.
  const Node* at(std::string_view pointer) const;

  std::string_view name(const Node& node) const {
    return std::string_view(texts_).substr(node.name_at, node.name_size);
  }
  std::string_view text(const Node& node) const {
    return std::string_view(texts_).substr(node.text_at, node.text_size);
  }
  /// The text of a member; nullopt when it is absent or no text.
  std::optional<std::string_view> text_of(const Node& object, std::string_view name) const;
  std::optional<std::string_view> text_of(std::string_view name) const {
    return text_of(root(), name);
  }
  std::optional<std::int64_t> integer_of(std::string_view name) const;

  /// Calls `visit(node)` for each member or element, in order.
  template <class Visit>
  void for_each_in(const Node& parent, Visit visit) const {
    const auto index = index_of(parent);
    for (std::size_t i = index + 1; i < nodes_.size(); ++i) {
      if (nodes_[i].parent == index) visit(nodes_[i]);
    }
  }

 private:
  friend class StrictJsonReader;
  std::size_t index_of(const Node& node) const {
    return static_cast<std::size_t>(&node - nodes_.data());
  }

  std::vector<Node> nodes_;
  std::string texts_;
};

}  // namespace apiforge::auth
