#include "schema/json_schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

#include "base/json_pointer.hpp"
#include "base/nearest_name.hpp"
#include "base/rfc3339.hpp"
#include "base/utf8.hpp"
#include "schema/detail/json_schema_node.hpp"

namespace apiforge::schema {
namespace {

namespace json = boost::json;
using Node = JsonSchema::Node;

constexpr std::size_t kMaxNameInPointer = 128;

std::uint8_t type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Node::kNull;
    case json::kind::bool_:
      return Node::kBoolean;
    case json::kind::int64:
    case json::kind::uint64:
      return Node::kInteger | Node::kNumber;
    case json::kind::double_:
      return Node::kNumber;
    case json::kind::string:
      return Node::kString;
    case json::kind::array:
      return Node::kArray;
    default:
      return Node::kObject;
  }
}

/// `must be a text or null`
std::string wanted_type(std::uint8_t types) {
  constexpr std::array<std::pair<std::uint8_t, std::string_view>, 7> kWords{{
      {Node::kBoolean, "true or false"},
      {Node::kInteger, "an integer"},
      {Node::kNumber, "a number"},
      {Node::kString, "a text"},
      {Node::kArray, "an array"},
      {Node::kObject, "an object"},
      {Node::kNull, "null"},
  }};
  std::string text;
  for (const auto& [bit, word] : kWords) {
    if ((types & bit) == 0) continue;
    text.append(text.empty() ? "must be " : " or ").append(word);
  }
  return text;
}

std::string count_of(std::size_t count, std::string_view what) {
  return std::to_string(count).append(" ").append(what).append(count == 1 ? "" : "s");
}

/// Walks a value beside its schema and collects the faults.
class Check {
 public:
  std::vector<BodyFault> faults;

  void value(const Node& node, const json::value& value, const std::string& pointer) {
    const std::uint8_t type = type_of(value);
    if (node.types != 0 && (type & node.types) == 0) {
      return fault(pointer, wanted_type(node.types));
    }
    if (const auto* text = value.if_string()) return this->text(node, *text, pointer);
    if (const auto* array = value.if_array()) return elements(node, *array, pointer);
    if (const auto* object = value.if_object()) return members(node, *object, pointer);
    if ((type & Node::kNumber) != 0) number(node, value, pointer);
  }

 private:
  void fault(const std::string& pointer, std::string message) {
    if (faults.size() < JsonSchema::kMaxFaults) faults.push_back({pointer, std::move(message)});
  }

  void text(const Node& node, std::string_view text, const std::string& pointer) {
    const std::size_t length = utf8_length(text).value_or(text.size());
    if (length < node.min_length) {
      return fault(pointer, length == 0 && node.min_length == 1
                                ? "must not be empty"
                                : "must have at least " + count_of(node.min_length, "character"));
    }
    if (node.max_length && length > *node.max_length) {
      return fault(pointer, "must have at most " + count_of(*node.max_length, "character"));
    }
    if (!node.allowed.empty() && std::ranges::find(node.allowed, text) == node.allowed.end()) {
      std::string list;
      for (const std::string& word : node.allowed)
        list.append(list.empty() ? "" : ", ").append(word);
      return fault(pointer, "must be one of " + list);
    }
    if (node.pattern && !RE2::PartialMatch(text, *node.pattern)) {
      return fault(pointer, "must match " + node.pattern->pattern());
    }
    if (node.is_date_time && !parse_rfc3339(text)) {
      fault(pointer, "must be a time such as 2030-12-31T23:59:59Z (RFC 3339)");
    }
  }

  void number(const Node& node, const json::value& value, const std::string& pointer) {
    // Beyond 64 bits with a sign a number is beyond every bound that there is.
    const double number = value.to_number<double>();
    if (node.minimum && number < static_cast<double>(*node.minimum)) {
      fault(pointer, "must be at least " + std::to_string(*node.minimum));
    } else if (node.maximum && number > static_cast<double>(*node.maximum)) {
      fault(pointer, "must be at most " + std::to_string(*node.maximum));
    }
  }

  void elements(const Node& node, const json::array& array, const std::string& pointer) {
    if (array.size() < node.min_items) {
      return fault(pointer, "must have at least " + count_of(node.min_items, "element"));
    }
    if (node.max_items && array.size() > *node.max_items) {
      return fault(pointer, "must have at most " + count_of(*node.max_items, "element"));
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < array.size(); ++i) {
      const std::string place = json_pointer_to(pointer, std::to_string(i));
      if (node.unique_items && !seen.insert(json::serialize(array[i])).second) {
        fault(place, "stands in the list already");
      }
      if (node.items) value(*node.items, array[i], place);
    }
  }

  void members(const Node& node, const json::object& object, const std::string& pointer) {
    if (node.max_members && object.size() > *node.max_members) {
      return fault(pointer, "must have at most " + count_of(*node.max_members, "member"));
    }
    for (const auto& member : object) {
      const auto property =
          std::ranges::find(node.properties, std::string_view(member.key()),
                            [](const auto& each) -> std::string_view { return each.first; });
      if (property != node.properties.end()) {
        value(*property->second, member.value(), json_pointer_to(pointer, member.key()));
      } else if (node.is_closed) {
        unknown_member(node, member.key(), pointer);
      } else if (node.others) {
        value(*node.others, member.value(), pointer_to_member(pointer, member.key()));
      }
    }
    for (const std::string& name : node.required) {
      if (!object.contains(name)) fault(json_pointer_to(pointer, name), "is missing");
    }
  }

  /// A long name that only the request knows is left out: each fault would send it back.
  static std::string pointer_to_member(const std::string& pointer, std::string_view name) {
    const bool is_long = name.size() > kMaxNameInPointer;
    return is_long ? pointer : json_pointer_to(pointer, name);
  }

  void unknown_member(const Node& node, std::string_view name, const std::string& pointer) {
    if (name.size() > kMaxNameInPointer) {
      return fault(pointer, "has a member with a name that is too long to be known");
    }
    std::vector<std::string_view> known;
    for (const auto& each : node.properties) known.push_back(each.first);
    fault(json_pointer_to(pointer, name), "is not known here" + did_you_mean(name, known));
  }
};

/// The value that a parameter's text stands for; the text itself when it stands for no other.
json::value parameter_value(std::string_view text, std::uint8_t types) {
  if ((types & Node::kBoolean) != 0 && (text == "true" || text == "false")) return text == "true";
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if ((types & Node::kInteger) != 0 && error == std::errc{} && end == text.data() + text.size()) {
    return number;
  }
  double real = 0;
  const auto [last, fault] = std::from_chars(text.data(), text.data() + text.size(), real);
  if ((types & Node::kNumber) != 0 && fault == std::errc{} && last == text.data() + text.size()) {
    return real;
  }
  return json::value(text);
}

}  // namespace

JsonSchema::JsonSchema(std::unique_ptr<const Node> root) : root_(std::move(root)) {}
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::compile(const json::object& schema, const json::object& document,
                                       Unknown unknown) {
  auto root = compile_schema(schema, document, unknown);
  if (!root) return std::unexpected(std::move(root.error()));
  return JsonSchema(*std::move(root));
}

std::vector<BodyFault> JsonSchema::check(const json::value& value) const {
  Check check;
  check.value(*root_, value, "");
  return std::move(check.faults);
}

std::vector<BodyFault> JsonSchema::check_parameter(std::string_view text) const {
  return check(parameter_value(text, root_->types));
}

std::vector<BodyFault> JsonSchema::check_parameters(std::span<const std::string> texts) const {
  if ((root_->types & Node::kArray) == 0) {
    if (texts.size() == 1) return check_parameter(texts.front());
    return {{"", "must be given once"}};
  }
  const std::uint8_t types = root_->items ? root_->items->types : std::uint8_t{0};
  json::array values;
  for (const std::string& text : texts) values.push_back(parameter_value(text, types));
  return check(std::move(values));
}

}  // namespace apiforge::schema
