#include "policy/json_edit.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"
#include "base/problem.hpp"
#include "base/text.hpp"
#include "policy/json_scan.hpp"

namespace apiforge::policy {
namespace {

namespace json = boost::json;

/// Takes note of nothing: only whether the text is JSON matters.
struct Listener {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Code = json::error_code;
  using Text = json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(Text, std::size_t, Code&) { return true; }
  bool on_key(Text, std::size_t, Code&) { return true; }
  bool on_string_part(Text, std::size_t, Code&) { return true; }
  bool on_string(Text, std::size_t, Code&) { return true; }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t, Text, Code&) { return true; }
  bool on_uint64(std::uint64_t, Text, Code&) { return true; }
  bool on_double(double, Text, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }
};

constexpr std::size_t kUsualMembers = 16;
constexpr std::size_t kUsualMemberBytes = 16;

/// The index that a token names in an array of `size` elements; `size` itself for one more.
std::optional<std::size_t> index_of(std::string_view token, std::size_t size) {
  if (token == "-") return size;
  if (token.size() > 1 && token.front() == '0') return std::nullopt;  // RFC 6901 4
  const auto index = parse_unsigned(token);
  if (!index || *index > size) return std::nullopt;
  return static_cast<std::size_t>(*index);
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view pointer) {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::InvalidConfiguration, in_quotes(pointer).append(" ").append(what));
  };
  if (!pointer.empty() && pointer.front() != '/') {
    return refuse("is no JSON pointer: it begins with / (or is empty, for the whole body)");
  }
  for (std::size_t i = pointer.find('~'); i != std::string_view::npos;
       i = pointer.find('~', i + 1)) {
    const char next = i + 1 < pointer.size() ? pointer[i + 1] : ' ';
    if (next != '0' && next != '1') return refuse("has a ~ that is not ~0 (for ~) or ~1 (for /)");
  }
  JsonPath path;
  while (!pointer.empty()) {
    if (path.size() == JsonEdit::kMaxTokens) return refuse("is too deep: 32 steps are allowed");
    JsonToken token{.text = take_json_pointer_token(pointer), .quoted = "\""};
    append_json_text(token.quoted, token.text);
    token.quoted += '"';
    path.push_back(std::move(token));
  }
  return path;
}

std::optional<JsonFault> find_json_fault(std::string_view text) {
  json::parse_options options;
  options.max_depth = JsonEdit::kMaxDepth;
  json::basic_parser<Listener> parser(options);
  json::error_code error;
  const std::size_t end = parser.write_some(false, text.data(), text.size(), error);
  if (!error && end < text.size()) error = json::error::extra_data;
  if (!error) return std::nullopt;
  return JsonFault{
      .too_large = false,
      .detail = "no JSON at byte " + std::to_string(end) + " (counted from 0): " + error.message()};
}

/// A value as it was received, or taken apart because something in it is looked for.
struct JsonEdit::Value {
  struct Child;
  explicit Value(std::string_view received);

  std::string_view text;        ///< as received, or as set; not in force once `is_changed`
  std::vector<Child> children;  ///< members or elements, when `is_open`
  bool is_open = false;
  bool is_changed = false;  ///< somewhere below

  bool is_object() const { return text.starts_with('{'); }
  bool is_array() const { return text.starts_with('['); }
};

struct JsonEdit::Value::Child {
  std::string_view name;  ///< of a member: its JSON string, quotes and all; else empty
  Value value;
};

JsonEdit::Value::Value(std::string_view received) : text(received) {}

/// Goes down paths; the steps that all operations share.
class JsonEdit::Walk {
 public:
  explicit Walk(JsonEdit& edit) : edit_(edit) {}

  using Child = Value::Child;

  /// Takes a container apart, once.
  void open(Value& value) {
    if (std::exchange(value.is_open, true)) return;
    // By the size of the text, so that many small containers take no more memory than they need.
    value.children.reserve(std::min(kUsualMembers, value.text.size() / kUsualMemberBytes));
    JsonChildren children(value.text);
    while (const auto next = children.next()) {
      if (!count_value()) return;
      value.children.push_back({next->name, Value(next->text)});
    }
  }

  /// The index of the child that the token names; nullopt when there is none.
  std::optional<std::size_t> find(Value& value, const JsonToken& token) {
    if (value.is_array()) {
      open(value);
      const auto index = index_of(token.text, value.children.size());
      return index && *index < value.children.size() ? index : std::nullopt;
    }
    if (!value.is_object()) return std::nullopt;
    open(value);
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < value.children.size(); ++i) {
      if (!is_named(value.children[i], token)) continue;
      if (found) return note_duplicate(token.text);
      found = i;
    }
    return found;
  }

  Value* find(Value& value, JsonPathView path) {
    Value* at = &value;
    for (const JsonToken& token : path) {
      const auto index = find(*at, token);
      if (!index) return nullptr;
      at = &at->children[*index].value;
    }
    return at;
  }

  /// Takes `added` on success only.
  bool set(Value& value, JsonPathView path, Value& added) {
    if (path.empty()) {
      value = std::move(added);
      return true;
    }
    if (value.text == "null") value = empty_object();
    const JsonToken& token = path.front();
    if (const auto index = find(value, token)) {
      if (!set(value.children[*index].value, path.subspan(1), added)) return false;
    } else if (edit_.fault_ || !can_add(value, token.text) || !count_value()) {
      return false;
    } else {
      Child child{value.is_object() ? std::string_view(token.quoted) : "", empty_object()};
      set(child.value, path.subspan(1), added);
      value.children.push_back(std::move(child));
    }
    value.is_changed = true;
    return true;
  }

  bool remove(Value& value, JsonPathView path) {
    if (path.empty()) return false;  // a body is always some value
    const auto index = find(value, path.front());
    if (!index) return false;
    const auto child = value.children.begin() + static_cast<std::ptrdiff_t>(*index);
    if (path.size() == 1) {
      value.children.erase(child);
    } else if (!remove(child->value, path.subspan(1))) {
      return false;
    }
    value.is_changed = true;
    return true;
  }

  bool each(Value& value, JsonPathView path, const std::function<bool(Place)>& visit) {
    bool changed = false;
    if (!path.empty()) {
      const auto index = find(value, path.front());
      changed = index && each(value.children[*index].value, path.subspan(1), visit);
    } else if (value.is_array() || value.is_object()) {
      open(value);
      for (Child& child : value.children) changed |= visit(Place(edit_, child.value));
    }
    value.is_changed |= changed;
    return changed;
  }

 private:
  static bool is_named(const Child& child, const JsonToken& token) {
    return child.name == token.quoted ||
           (child.name.contains('\\') && is_json_string(child.name, token.text));
  }

  static Value empty_object() { return Value("{}"); }

  static bool can_add(const Value& value, std::string_view token) {
    if (value.is_object()) return true;
    return value.is_array() && index_of(token, value.children.size()) == value.children.size();
  }

  bool count_value() {
    if (++edit_.values_ <= kMaxValues) return true;
    edit_.fault_ = JsonFault{true, "the JSON body has more than " + std::to_string(kMaxValues) +
                                       " values where it is changed"};
    return false;
  }

  std::nullopt_t note_duplicate(std::string_view token) {
    edit_.fault_ = JsonFault{
        false, "an object of the JSON body has the member " + in_quotes(token) + " twice"};
    return std::nullopt;
  }

  JsonEdit& edit_;
};

/// Puts the text together again.
struct JsonEdit::Writer {
  std::string& out;
  std::size_t max_bytes;

  bool write(const Value& value) {
    if (!value.is_changed) return append(value.text);
    const bool is_object = value.is_object();
    if (!append(is_object ? "{" : "[")) return false;
    bool first = true;
    for (const Value::Child& child : value.children) {
      if (!std::exchange(first, false) && !append(",")) return false;
      if (is_object && !(append(child.name) && append(":"))) return false;
      if (!write(child.value)) return false;
    }
    return append(is_object ? "}" : "]");
  }

  bool append(std::string_view text) {
    if (text.size() > max_bytes - out.size()) return false;
    out += text;
    return true;
  }
};

bool JsonEdit::Place::set(JsonPathView path, std::string_view text) const {
  Value added(text);
  return Walk(*edit_).set(*value_, path, added);
}

bool JsonEdit::Place::remove(JsonPathView path) const {
  return Walk(*edit_).remove(*value_, path);
}

bool JsonEdit::Place::move(JsonPathView from, JsonPathView to) const {
  Walk walk(*edit_);
  Value* source = walk.find(*value_, from);
  if (!source) return false;
  Value moved = std::move(*source);
  *source = Value("null");  // what still finds it until it is removed
  const bool replaces_source =
      to.size() < from.size() &&
      std::ranges::equal(to, from.first(to.size()), {}, &JsonToken::text, &JsonToken::text);
  if (walk.set(*value_, to, moved)) return replaces_source || walk.remove(*value_, from);
  if (Value* place = walk.find(*value_, from)) *place = std::move(moved);
  return false;
}

bool JsonEdit::Place::each(JsonPathView path, const std::function<bool(Place)>& visit) const {
  return Walk(*edit_).each(*value_, path, visit);
}

JsonEdit::JsonEdit(std::string_view text) : root_(std::make_unique<Value>(trim_json(text))) {}

JsonEdit::~JsonEdit() = default;

bool JsonEdit::write(std::string& out, std::size_t max_bytes) const {
  out.clear();
  Writer writer{out, max_bytes};
  return writer.write(*root_);
}

}  // namespace apiforge::policy
