#include "catalogue/detail/openapi_requests.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

#include "base/json_pointer.hpp"
#include "catalogue/openapi_import.hpp"

namespace apiforge::catalogue::detail {
namespace {

namespace json = boost::json;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 9> kMethods{"get",  "put",   "post",  "delete",    "options",
                                                   "head", "patch", "trace", "parameters"};
constexpr std::array<std::string_view, 3> kOperation{"parameters", "requestBody", "$ref"};
constexpr std::array<std::string_view, 8> kParameter{"name",  "in",      "required", "schema",
                                                     "style", "explode", "content",  "$ref"};
constexpr std::array<std::string_view, 3> kRequestBody{"required", "content", "$ref"};
constexpr std::array<std::string_view, 9> kAnnotations{
    "title",         "description", "example", "examples", "externalDocs",
    "discriminator", "deprecated",  "xml",     "$comment"};
/// Under these of a schema stand schemas by names that anybody may have chosen.
constexpr std::array<std::string_view, 5> kSchemasByName{
    "properties", "patternProperties", "dependentSchemas", "$defs", "definitions"};
/// Under these stand values, in which nothing is to be looked for.
constexpr std::array<std::string_view, 3> kValues{"enum", "const", "default"};

bool is_one_of(std::string_view name, Names names) {
  return std::ranges::find(names, name) != names.end();
}

class RequestPart {
 public:
  RequestPart(const json::object& document, std::vector<BodyFault>& faults)
      : document_(document), faults_(faults) {}

  json::object take() {
    json::object part;
    part["openapi"] = "3.1.0";
    part["paths"] = by_name("/paths", object_at(document_, "paths"), &RequestPart::path_item);
    const json::object* const components = object_at(document_, "components");
    if (components == nullptr) return part;
    json::object kept;
    const auto keep = [&](std::string_view name, Read read) {
      const json::object* const named = object_at(*components, name);
      if (named == nullptr || named->empty()) return;
      kept[name] = by_name(json_pointer_to("/components", name), named, read);
    };
    keep("schemas", &RequestPart::schema);
    keep("parameters", &RequestPart::parameter);
    keep("requestBodies", &RequestPart::request_body);
    keep("pathItems", &RequestPart::path_item);
    part["components"] = std::move(kept);
    return part;
  }

 private:
  using Read = json::value (RequestPart::*)(const std::string& pointer, const json::value& value);

  /// Each value of a map of whatever names.
  json::object by_name(const std::string& pointer, const json::object* values, Read read) {
    json::object kept;
    if (values == nullptr) return kept;
    for (const auto& member : *values) {
      if (member.key().starts_with("x-") && read != &RequestPart::schema) continue;
      kept[member.key()] = (this->*read)(json_pointer_to(pointer, member.key()), member.value());
    }
    return kept;
  }

  json::value path_item(const std::string& pointer, const json::value& value) {
    return members(pointer, value, kMethods, [&](std::string_view name, const json::value& member) {
      const std::string here = json_pointer_to(pointer, name);
      return name == "parameters" ? list(here, member, &RequestPart::parameter)
                                  : operation(here, member);
    });
  }

  json::value operation(const std::string& pointer, const json::value& value) {
    return members(pointer, value, kOperation,
                   [&](std::string_view name, const json::value& member) {
                     const std::string here = json_pointer_to(pointer, name);
                     if (name == "parameters") return list(here, member, &RequestPart::parameter);
                     return name == "requestBody" ? request_body(here, member) : member;
                   });
  }

  json::value parameter(const std::string& pointer, const json::value& value) {
    return members(pointer, value, kParameter,
                   [&](std::string_view name, const json::value& member) -> json::value {
                     const std::string here = json_pointer_to(pointer, name);
                     if (name == "schema") return schema(here, member);
                     return name == "content" ? content(here, member) : member;
                   });
  }

  json::value request_body(const std::string& pointer, const json::value& value) {
    return members(pointer, value, kRequestBody,
                   [&](std::string_view name, const json::value& member) -> json::value {
                     return name == "content" ? content(json_pointer_to(pointer, name), member)
                                              : member;
                   });
  }

  json::value content(const std::string& pointer, const json::value& value) {
    return by_name(pointer, value.if_object(), &RequestPart::media);
  }

  json::value media(const std::string& pointer, const json::value& value) {
    constexpr std::array<std::string_view, 1> kMedia{"schema"};
    return members(pointer, value, kMedia, [&](std::string_view name, const json::value& member) {
      return schema(json_pointer_to(pointer, name), member);
    });
  }

  json::value schema(const std::string& pointer, const json::value& value) {
    if (const json::array* schemas = value.if_array()) {
      return list(pointer, json::value(*schemas), &RequestPart::schema);
    }
    const json::object* const members = value.if_object();
    if (members == nullptr) return value;
    check_reference(pointer, *members);
    json::object kept;
    for (const auto& member : *members) {
      const std::string_view name = member.key();
      if (is_one_of(name, kAnnotations) || name.starts_with("x-")) continue;
      const std::string here = json_pointer_to(pointer, name);
      if (is_one_of(name, kValues)) {
        kept[name] = member.value();
      } else if (is_one_of(name, kSchemasByName)) {
        kept[name] = by_name(here, member.value().if_object(), &RequestPart::schema);
      } else {
        kept[name] = schema(here, member.value());
      }
    }
    return kept;
  }

  json::value list(const std::string& pointer, const json::value& value, Read read) {
    json::array kept;
    const json::array* const elements = value.if_array();
    for (std::size_t i = 0; elements != nullptr && i < elements->size(); ++i) {
      kept.push_back((this->*read)(json_pointer_to(pointer, std::to_string(i)), (*elements)[i]));
    }
    return kept;
  }

  /// The named members of an object, each as `read` makes it.
  template <class ReadMember>
  json::value members(const std::string& pointer, const json::value& value, Names names,
                      const ReadMember& read) {
    json::object kept;
    const json::object* const object = value.if_object();
    if (object == nullptr) {
      fault(pointer, "must be an object");
      return kept;
    }
    check_reference(pointer, *object);
    if (const json::value* reference = object->if_contains("$ref")) kept["$ref"] = *reference;
    for (const auto& member : *object) {
      if (member.key() == "$ref" || !is_one_of(member.key(), names)) continue;
      kept[member.key()] = read(member.key(), member.value());
    }
    return kept;
  }

  void check_reference(const std::string& pointer, const json::object& object) {
    const json::value* const value = object.if_contains("$ref");
    if (value == nullptr || !value->is_string()) return;
    std::string_view reference = value->get_string();
    const std::string here = json_pointer_to(pointer, "$ref");
    if (!reference.starts_with('#')) {
      return fault(here, "leads to another document; put what it leads to into this one");
    }
    reference.remove_prefix(1);
    const json::value* place = nullptr;
    const json::object* parent = &document_;
    while (reference.starts_with('/') && parent != nullptr) {
      place = parent->if_contains(take_json_pointer_token(reference));
      parent = place == nullptr ? nullptr : place->if_object();
      if (place == nullptr) break;
    }
    if (place == nullptr || !reference.empty()) fault(here, "leads nowhere in this document");
  }

  void fault(const std::string& pointer, std::string message) {
    if (faults_.size() < kMaxImportFaults) faults_.push_back({pointer, std::move(message)});
  }

  const json::object& document_;
  std::vector<BodyFault>& faults_;
};

}  // namespace

json::object request_part(const json::object& document, std::vector<BodyFault>& faults) {
  return RequestPart(document, faults).take();
}

const json::object* object_at(const json::object& parent, std::string_view name) {
  const json::value* const value = parent.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string_view text_at(const json::object& parent, std::string_view name) {
  const json::value* const value = parent.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

}  // namespace apiforge::catalogue::detail
