#include "schema/detail/json_schema_node.hpp"

#include <algorithm>
#include <array>
#include <boost/json/value_to.hpp>
#include <string_view>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"

namespace apiforge::schema {
namespace {

namespace json = boost::json;
using Node = JsonSchema::Node;

constexpr int kMaxDepth = 32;  // also ends references that run in circles
// A document of others whose schemas are larger when all references are followed is checked in
// part.
constexpr std::size_t kMaxNodes = 50'000;
constexpr std::array<std::pair<std::string_view, Node::Type>, 7> kTypes{{
    {"null", Node::kNull},
    {"boolean", Node::kBoolean},
    {"integer", Node::kInteger},
    {"number", Node::kNumber},
    {"string", Node::kString},
    {"array", Node::kArray},
    {"object", Node::kObject},
}};
// They describe and do not restrict.
constexpr std::array<std::string_view, 6> kAnnotations{"title",    "description", "default",
                                                       "examples", "writeOnly",   "readOnly"};
constexpr std::array<std::string_view, 4> kMereFormats{"email", "password", "uri", "int64"};

std::unexpected<Error> unknown(std::string_view what, std::string_view name) {
  return fail(ErrorCode::InvalidConfiguration,
              "the API's document: " + std::string(what) + " " + in_quotes(name) + " is not known");
}

class Compiler {
 public:
  Compiler(const json::object& document, Unknown unknown)
      : document_(document), tolerant_(unknown == Unknown::Ignore) {}

  Result<std::unique_ptr<const Node>> compile(const json::object& schema, int depth) {
    if (tolerant_) return compile_tolerantly(schema, depth);
    if (depth > kMaxDepth) return fail(ErrorCode::InvalidConfiguration, "a schema is too deep");
    if (const json::value* reference = schema.if_contains("$ref")) {
      auto target = resolve(reference->as_string());
      if (!target) return std::unexpected(std::move(target.error()));
      return compile(**target, depth + 1);
    }
    auto node = std::make_unique<Node>();
    for (const auto& member : schema) {
      if (auto done = add(*node, member.key(), member.value(), depth); !done) {
        return std::unexpected(std::move(done.error()));
      }
    }
    return node;
  }

 private:
  std::unique_ptr<const Node> compile_tolerantly(const json::object& schema, int depth) {
    // A schema within itself would be followed for ever, and twice within itself exponentially.
    const bool within_itself = std::ranges::find(path_, &schema) != path_.end();
    if (depth > kMaxDepth || within_itself || ++nodes_ > kMaxNodes) {
      return std::make_unique<Node>();
    }
    path_.push_back(&schema);
    auto node = schema.contains("$ref") ? follow(schema.at("$ref"), depth) : known(schema, depth);
    path_.pop_back();
    return node;
  }

  std::unique_ptr<const Node> follow(const json::value& reference, int depth) {
    if (!reference.is_string()) return std::make_unique<Node>();
    const auto target = resolve(reference.get_string());
    return target ? compile_tolerantly(**target, depth + 1) : std::make_unique<Node>();
  }

  /// Those rules of a schema that are known here.
  std::unique_ptr<const Node> known(const json::object& schema, int depth) {
    auto node = std::make_unique<Node>();
    for (const auto& member : schema) {
      try {
        const auto added = add(*node, member.key(), member.value(), depth);
        if (!added && member.key() == "type") node->types = 0;
      } catch (const std::exception&) {
        continue;  // a rule of another form than the standard's
      }
    }
    const json::value* nullable = schema.if_contains("nullable");  // OpenAPI 3.0
    if (nullable && *nullable == json::value(true) && node->types != 0) node->types |= Node::kNull;
    // Who makes a request does not send what only replies have.
    std::erase_if(node->required,
                  [&](const std::string& name) { return is_read_only(schema, name); });
    return node;
  }

  static bool is_read_only(const json::object& schema, std::string_view property) {
    const json::value* properties = schema.if_contains("properties");
    if (!properties || !properties->is_object()) return false;
    const json::value* found = properties->get_object().if_contains(property);
    if (!found || !found->is_object()) return false;
    const json::value* read_only = found->get_object().if_contains("readOnly");
    return read_only && *read_only == json::value(true);
  }

  Result<const json::object*> resolve(std::string_view reference) const {
    if (!reference.starts_with("#/")) return unknown("the reference", reference);
    std::string_view pointer = reference.substr(1);
    const json::object* place = &document_;
    while (!pointer.empty()) {
      const json::value* next = place->if_contains(take_json_pointer_token(pointer));
      if (next == nullptr || !next->is_object()) return unknown("the reference", reference);
      place = &next->get_object();
    }
    return place;
  }

  Result<void> add(Node& node, std::string_view keyword, const json::value& value, int depth) {
    if (keyword == "type") return add_types(node, value);
    if (keyword == "properties") return add_properties(node, value.as_object(), depth);
    if (keyword == "items") return add_schema(node.items, value.as_object(), depth);
    if (keyword == "additionalProperties") return add_others(node, value, depth);
    if (keyword == "format") return add_format(node, value.as_string());
    if (keyword == "pattern") return add_pattern(node, value.as_string());
    if (keyword == "required") {
      node.required = json::value_to<std::vector<std::string>>(value);
    } else if (keyword == "enum") {
      node.allowed = json::value_to<std::vector<std::string>>(value);
    } else if (keyword == "minLength") {
      node.min_length = value.to_number<std::size_t>();
    } else if (keyword == "maxLength") {
      node.max_length = value.to_number<std::size_t>();
    } else if (keyword == "maxProperties") {
      node.max_members = value.to_number<std::size_t>();
    } else if (keyword == "minItems") {
      node.min_items = value.to_number<std::size_t>();
    } else if (keyword == "maxItems") {
      node.max_items = value.to_number<std::size_t>();
    } else if (keyword == "uniqueItems") {
      node.unique_items = value.as_bool();
    } else if (keyword == "minimum") {
      node.minimum = value.to_number<std::int64_t>();
    } else if (keyword == "maximum") {
      node.maximum = value.to_number<std::int64_t>();
    } else if (std::ranges::find(kAnnotations, keyword) == kAnnotations.end()) {
      return unknown("the keyword", keyword);
    }
    return {};
  }

  static Result<void> add_types(Node& node, const json::value& value) {
    if (value.is_string()) return add_type(node, value.get_string());
    for (const json::value& name : value.as_array()) {
      if (auto done = add_type(node, name.as_string()); !done) return done;
    }
    return {};
  }

  static Result<void> add_type(Node& node, std::string_view name) {
    const auto* found =
        std::ranges::find(kTypes, name, [](const auto& each) { return each.first; });
    if (found == kTypes.end()) return unknown("the type", name);
    node.types = static_cast<std::uint8_t>(node.types | found->second);
    return {};
  }

  Result<void> add_properties(Node& node, const json::object& properties, int depth) {
    for (const auto& member : properties) {
      auto property = compile(member.value().as_object(), depth + 1);
      if (!property) return std::unexpected(std::move(property.error()));
      node.properties.emplace_back(member.key(), *std::move(property));
    }
    return {};
  }

  Result<void> add_others(Node& node, const json::value& value, int depth) {
    if (value.is_object()) return add_schema(node.others, value.get_object(), depth);
    node.is_closed = !value.as_bool();
    return {};
  }

  Result<void> add_schema(std::unique_ptr<const Node>& place, const json::object& schema,
                          int depth) {
    auto compiled = compile(schema, depth + 1);
    if (!compiled) return std::unexpected(std::move(compiled.error()));
    place = *std::move(compiled);
    return {};
  }

  static Result<void> add_format(Node& node, std::string_view name) {
    node.is_date_time = name == "date-time";
    const bool known =
        node.is_date_time || std::ranges::find(kMereFormats, name) != kMereFormats.end();
    if (!known) return unknown("the format", name);
    return {};
  }

  static Result<void> add_pattern(Node& node, std::string_view text) {
    RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_unique<const RE2>(text, options);
    if (!pattern->ok()) return unknown("the pattern", text);
    node.pattern = std::move(pattern);
    return {};
  }

  const json::object& document_;
  bool tolerant_;
  std::vector<const json::object*> path_;  // schemas that are being compiled, from the outermost
  std::size_t nodes_ = 0;
};

}  // namespace

Result<std::unique_ptr<const Node>> compile_schema(const json::object& schema,
                                                   const json::object& document, Unknown unknown) {
  // The accessors of Boost.JSON throw when the document has another type than its standard says.
  try {
    return Compiler(document, unknown).compile(schema, 0);
  } catch (const std::exception& error) {
    return fail(ErrorCode::InvalidConfiguration, "the API's document has a schema that is none",
                error.what());
  }
}

}  // namespace apiforge::schema
