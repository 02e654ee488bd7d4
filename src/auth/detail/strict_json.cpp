#include "auth/detail/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include "base/json_pointer.hpp"

namespace apiforge::auth {

/// Takes the events of Boost.JSON's parser; each returns false to stop it.
class StrictJsonReader {
 public:
  using Code = boost::json::error_code;
  using View = boost::json::string_view;
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  StrictJsonReader(StrictJson& out, std::size_t max_values) : out_(out), max_values_(max_values) {}

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code& code) { return begin(StrictJson::Kind::Object, code); }
  bool on_object_end(std::size_t, Code&) { return end(); }
  bool on_array_begin(Code& code) { return begin(StrictJson::Kind::Array, code); }
  bool on_array_end(std::size_t, Code&) { return end(); }
  bool on_key_part(View part, std::size_t, Code&) { return append(part); }
  bool on_key(View part, std::size_t size, Code& code) {
    append(part);
    name_size_ = static_cast<std::uint32_t>(size);
    name_at_ = static_cast<std::uint32_t>(out_.texts_.size() - size);
    const auto name = std::string_view(out_.texts_).substr(name_at_);
    return out_.member(out_.nodes_[parent_], name) == nullptr || refuse(code);
  }
  bool on_string_part(View part, std::size_t, Code&) { return append(part); }
  bool on_string(View part, std::size_t size, Code& code) {
    append(part);
    auto* const node = add(StrictJson::Kind::Text, code);
    if (node == nullptr) return false;
    node->text_at = static_cast<std::uint32_t>(out_.texts_.size() - size);
    node->text_size = static_cast<std::uint32_t>(size);
    return true;
  }
  bool on_number_part(View, Code&) { return true; }
  bool on_int64(std::int64_t value, View, Code& code) {
    auto* const node = add(StrictJson::Kind::Integer, code);
    if (node != nullptr) node->integer = value;
    return node != nullptr;
  }
  // Only numbers that do not fit 64 bits with a sign arrive here.
  bool on_uint64(std::uint64_t, View, Code& code) {
    return add(StrictJson::Kind::Real, code) != nullptr;
  }
  bool on_double(double, View, Code& code) { return add(StrictJson::Kind::Real, code) != nullptr; }
  bool on_bool(bool value, Code& code) {
    auto* const node = add(StrictJson::Kind::Boolean, code);
    if (node != nullptr) node->boolean = value;
    return node != nullptr;
  }
  bool on_null(Code& code) { return add(StrictJson::Kind::Null, code) != nullptr; }
  bool on_comment_part(View, Code& code) { return refuse(code); }
  bool on_comment(View, Code& code) { return refuse(code); }

 private:
  static bool refuse(Code& code) {
    code = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }
  bool append(View part) {
    out_.texts_.append(part.data(), part.size());
    return true;
  }
  /// nullptr when there are too many, and for a text whose first value is no object.
  StrictJson::Node* add(StrictJson::Kind kind, Code& code) {
    const bool is_first = out_.nodes_.empty();
    if (out_.nodes_.size() >= max_values_ || (is_first && kind != StrictJson::Kind::Object)) {
      refuse(code);
      return nullptr;
    }
    auto& node = out_.nodes_.emplace_back();
    node.kind = kind;
    node.parent = parent_;
    node.name_at = name_at_;
    node.name_size = name_size_;
    name_size_ = 0;
    return &node;
  }
  bool begin(StrictJson::Kind kind, Code& code) {
    if (add(kind, code) == nullptr) return false;
    parent_ = static_cast<std::uint32_t>(out_.nodes_.size() - 1);
    return true;
  }
  bool end() {
    parent_ = out_.nodes_[parent_].parent;
    return true;
  }

  StrictJson& out_;
  const std::size_t max_values_;
  std::uint32_t parent_ = 0;
  std::uint32_t name_at_ = 0, name_size_ = 0;
};

std::optional<StrictJson> StrictJson::parse(std::string_view text, std::size_t max_values) {
  StrictJson json;
  // Texts never grow when they are unescaped, so that one allocation holds them.
  json.texts_.reserve(text.size());
  json.nodes_.reserve(16);
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::basic_parser<StrictJsonReader> parser(options, json, max_values);
  boost::json::error_code code;
  const auto consumed = parser.write_some(false, text.data(), text.size(), code);
  if (code.failed() || consumed != text.size()) return std::nullopt;
  return json;
}

const StrictJson::Node* StrictJson::member(const Node& object, std::string_view name) const {
  const auto index = index_of(object);
  for (std::size_t i = index + 1; i < nodes_.size(); ++i) {
    if (nodes_[i].parent == index && this->name(nodes_[i]) == name) return &nodes_[i];
  }
  return nullptr;
}

const StrictJson::Node* StrictJson::at(std::string_view pointer) const {
  const Node* node = &root();
  while (!pointer.empty() && node != nullptr) {
    const auto token = take_json_pointer_token(pointer);
    node = node->kind == Kind::Object ? member(*node, token) : nullptr;
  }
  return node;
}

std::optional<std::string_view> StrictJson::text_of(const Node& object,
                                                    std::string_view member_name) const {
  const auto* const node = member(object, member_name);
  if (node == nullptr || node->kind != Kind::Text) return std::nullopt;
  return text(*node);
}

std::optional<std::int64_t> StrictJson::integer_of(std::string_view member_name) const {
  const auto* const node = member(member_name);
  if (node == nullptr || node->kind != Kind::Integer) return std::nullopt;
  return node->integer;
}

}  // namespace apiforge::auth
