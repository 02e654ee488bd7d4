// JsonEdit: changes places of a JSON text and leaves every other byte as it is: the spelling of
// numbers, escapes in strings, white space, the order of members. Only containers on the way to a
// changed place are written anew, without white space of their own. One thread; lives while one
// body is changed.
//
// Nothing is decoded into values, as Boost.JSON's would lose digits of long numbers and write 0.1
// as 1E-1; its parser checks the text, and containers are taken apart as far as operations look
// into them.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace apiforge::policy {

/// A step of a JSON pointer (RFC 6901).
struct JsonToken {
  std::string text;    ///< unescaped
  std::string quoted;  ///< as a JSON string, quotes and all
};
using JsonPath = std::vector<JsonToken>;
using JsonPathView = std::span<const JsonToken>;

/// InvalidConfiguration: neither empty nor beginning with `/`, a `~` without 0 or 1 behind it, or
/// more than JsonEdit::kMaxTokens tokens.
Result<JsonPath> parse_json_path(std::string_view pointer);

/// Why a text cannot be changed.
struct JsonFault {
  bool too_large = false;  ///< else it is not JSON, or can be read in more than one way
  std::string detail;
};

/// The first byte at which the text stops being JSON (RFC 8259, UTF-8, nested at most
/// JsonEdit::kMaxDepth deep); nullopt when it is.
std::optional<JsonFault> find_json_fault(std::string_view text);

class JsonEdit {
 public:
  static constexpr std::size_t kMaxDepth = 128;
  static constexpr std::size_t kMaxTokens = 32;
  /// Members and elements of all containers that operations look into.
  static constexpr std::size_t kMaxValues = 250'000;

  struct Value;
  /// A value and, through it, all below it. Paths are relative to it and outlive the edit. Each
  /// operation returns whether it changed something; what it does not find it leaves alone.
  class Place {
   public:
    /// Puts `text` (valid JSON that outlives the edit) at the path. Missing objects on the way are
    /// made; `-`, or the size, stands for a new last element of an array. An other value on the way
    /// is left as it is.
    bool set(JsonPathView path, std::string_view text) const;
    bool remove(JsonPathView path) const;
    /// As `set` with what is at `from`, which is then removed. `to` is not at or below `from`.
    bool move(JsonPathView from, JsonPathView to) const;
    /// Visits the elements of the array, or the values of the members of the object, at the path.
    bool each(JsonPathView path, const std::function<bool(Place)>& visit) const;

   private:
    friend class JsonEdit;
    Place(JsonEdit& edit, Value& value) : edit_(&edit), value_(&value) {}
    JsonEdit* edit_;
    Value* value_;
  };

  /// `text` is valid (see `find_json_fault`) and outlives the edit.
  explicit JsonEdit(std::string_view text);
  ~JsonEdit();
  JsonEdit(const JsonEdit&) = delete;
  JsonEdit& operator=(const JsonEdit&) = delete;

  Place root() { return {*this, *root_}; }
  /// Set once an object has a member twice that an operation names (readers differ in which one
  /// they take), or there are too many values. The text must then not be used.
  const std::optional<JsonFault>& fault() const { return fault_; }
  /// Writes the text with its changes over `out`; false when it is longer than `max_bytes`.
  bool write(std::string& out, std::size_t max_bytes) const;

 private:
  class Walk;
  struct Writer;
  std::unique_ptr<Value> root_;
  std::size_t values_ = 0;
  std::optional<JsonFault> fault_;
};

}  // namespace apiforge::policy
