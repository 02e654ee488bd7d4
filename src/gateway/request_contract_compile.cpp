// Reads OpenAPI documents that others have written: whatever is not as the standard says is passed
// over.
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>

#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "gateway/request_contract.hpp"

namespace apiforge::gateway {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kMethods{
    {{"get", "GET"},
     {"put", "PUT"},
     {"post", "POST"},
     {"delete", "DELETE"},
     {"options", "OPTIONS"},
     {"head", "HEAD"},
     {"patch", "PATCH"},
     {"trace", "TRACE"}}};
// References to references.
constexpr int kMaxReferences = 8;

const json::object* object_at(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::string_view text_at(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

bool is_true(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

bool is_json_type(std::string_view type) {
  const std::string_view bare = trim(type.substr(0, type.find(';')));
  return equals_ignoring_case(bare, "application/json") ||
         (bare.size() > 5 && equals_ignoring_case(bare.substr(bare.size() - 5), "+json"));
}

}  // namespace

class RequestContract::Compiler {
 public:
  explicit Compiler(const json::object& document) : document_(document) {}

  std::unique_ptr<const RequestContract> compile() {
    auto contract = std::make_unique<RequestContract>();
    const json::object* paths = object_at(document_, "paths");
    if (!paths) return contract;
    for (const auto& path : *paths) {
      const json::object* item = path.value().if_object();
      item = item ? resolve(*item) : nullptr;
      if (!item || !path.key().starts_with('/')) continue;
      add_path(*contract, {path.key().data(), path.key().size()}, *item);
    }
    // `/orders/open` before `/orders/{id}`.
    std::ranges::sort(contract->paths_, {}, [](const PathTemplate& each) {
      std::string order;
      for (const std::string& segment : each.segments)
        order += segment.starts_with('{') ? '1' : '0';
      return std::pair(std::move(order), each.segments);
    });
    return contract;
  }

 private:
  const json::object* resolve(const json::object& object) const {
    const json::object* place = &object;
    for (int i = 0; i < kMaxReferences; ++i) {
      std::string_view reference = text_at(*place, "$ref");
      if (reference.empty()) return place;
      if (!reference.starts_with("#/")) return nullptr;
      std::string_view pointer = reference.substr(1);
      place = &document_;
      while (!pointer.empty()) {
        place = object_at(*place, take_json_pointer_token(pointer));
        if (!place) return nullptr;
      }
    }
    return nullptr;
  }

  void add_path(RequestContract& contract, std::string_view path, const json::object& item) {
    PathTemplate made;
    std::string_view rest = path;
    while (rest.size() > 1) {
      rest.remove_prefix(1);
      const auto end = std::min(rest.find('/'), rest.size());
      if (end == 0) break;  // a slash at the end
      std::string segment(rest.substr(0, end));
      // `{id}.json` and the like: not read to pieces, so any text will do.
      const bool has_parameter = segment.find('{') != std::string::npos;
      const bool whole = segment.front() == '{' && segment.find('}') == segment.size() - 1;
      made.segments.push_back(has_parameter && !whole ? "{*}" : std::move(segment));
      rest.remove_prefix(end);
    }
    for (const auto& [name, method] : kMethods) {
      const json::object* operation = object_at(item, name);
      if (!operation || operations_ == kMaxOperations) continue;
      ++operations_;
      made.operations.push_back(read_operation(method, item, *operation));
    }
    contract.paths_.push_back(std::move(made));
  }

  ContractOperation read_operation(std::string_view method, const json::object& item,
                                   const json::object& operation) {
    ContractOperation made{.method = std::string(method),
                           .parameters = {},
                           .json_bodies = {},
                           .media_types = {},
                           .body_required = false};
    add_parameters(made, operation);
    add_parameters(made, item);  // those of the operation count first
    const json::object* body = object_at(operation, "requestBody");
    body = body ? resolve(*body) : nullptr;
    if (!body) return made;
    made.body_required = is_true(*body, "required");
    const json::object* content = object_at(*body, "content");
    if (!content) return made;
    for (const auto& media : *content) {
      const std::string_view type(media.key().data(), media.key().size());
      made.media_types.emplace_back(trim(type.substr(0, type.find(';'))));
      const json::object* details = media.value().if_object();
      const json::object* schema = details ? object_at(*details, "schema") : nullptr;
      if (!schema || !is_json_type(type)) continue;
      auto compiled = schema::JsonSchema::compile(*schema, document_, schema::Unknown::Ignore);
      if (compiled) {
        made.json_bodies.emplace_back(made.media_types.back(), *std::move(compiled));
      }
    }
    return made;
  }

  void add_parameters(ContractOperation& made, const json::object& from) {
    const json::value* list = from.if_contains("parameters");
    if (!list || !list->is_array()) return;
    for (const json::value& each : list->get_array()) {
      const json::object* parameter = each.is_object() ? resolve(each.get_object()) : nullptr;
      if (parameter) add_parameter(made, *parameter);
    }
  }

  void add_parameter(ContractOperation& made, const json::object& parameter) {
    const std::string_view name = text_at(parameter, "name");
    const std::string_view in = text_at(parameter, "in");
    ParameterPlace place = ParameterPlace::Query;
    if (in == "path") {
      place = ParameterPlace::Path;
    } else if (in == "header") {
      place = ParameterPlace::Header;
    } else if (in != "query") {
      return;
    }
    const bool known = std::ranges::any_of(made.parameters, [&](const ContractParameter& other) {
      return other.place == place && other.name == name;
    });
    // Objects are written over several parameters, or in ways that are not read here.
    const std::string_view style = text_at(parameter, "style");
    const bool plain = style.empty() || style == "form" || style == "simple";
    const json::object* schema = object_at(parameter, "schema");
    if (known || name.empty() || !plain || !schema || is_object_schema(*schema)) return;
    auto compiled = schema::JsonSchema::compile(*schema, document_, schema::Unknown::Ignore);
    if (!compiled) return;
    const json::value* explode = parameter.if_contains("explode");
    const bool exploded =
        place == ParameterPlace::Query && (!explode || !explode->is_bool() || explode->get_bool());
    made.parameters.push_back({.name = std::string(name),
                               .place = place,
                               .required = is_true(parameter, "required"),
                               .by_commas = !exploded && is_array_schema(*schema),
                               .schema = *std::move(compiled)});
  }

  bool has_type(const json::object& schema, std::string_view type) const {
    const json::object* resolved = resolve(schema);
    return resolved && text_at(*resolved, "type") == type;
  }
  bool is_object_schema(const json::object& schema) const { return has_type(schema, "object"); }
  bool is_array_schema(const json::object& schema) const { return has_type(schema, "array"); }

  const json::object& document_;
  std::size_t operations_ = 0;
};

Result<std::unique_ptr<const RequestContract>> RequestContract::compile(std::string_view document) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(document.data(), document.size()), error);
  if (error || !value.is_object() || !value.get_object().contains("openapi")) {
    return fail(ErrorCode::InvalidConfiguration,
                "`validation.document` is no OpenAPI 3 document in JSON");
  }
  return Compiler(value.get_object()).compile();
}

}  // namespace apiforge::gateway
