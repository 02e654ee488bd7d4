#include "catalogue/openapi_import.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "catalogue/detail/openapi_requests.hpp"
#include "declarative/document.hpp"
#include "declarative/json_node.hpp"
#include "model/url.hpp"

namespace apiforge::catalogue {
namespace {

namespace json = boost::json;
using detail::object_at;
using detail::text_at;
using Faults = std::vector<BodyFault>;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxVersionBytes = 32;
constexpr std::size_t kMaxDescriptionBytes = 1'024;
constexpr std::size_t kMaxServers = 256;

std::unexpected<Faults> unreadable(std::string message) {
  return std::unexpected(Faults{{"", std::move(message)}});
}

/// JSON, or anything else that YAML reads.
std::expected<json::object, Faults> parse(std::string_view text) {
  if (text.size() > kMaxImportBytes) return unreadable("must have at most 4 MiB");
  boost::system::error_code error;
  const auto first = text.find_first_not_of(" \t\r\n");
  json::value value;
  if (first != std::string_view::npos && text[first] == '{') value = json::parse(text, error);
  if (value.is_null()) {
    const auto document = declarative::parse_document(text, {.max_bytes = kMaxImportBytes});
    if (!document) {
      const auto& fault = document.error().front();
      return unreadable("is neither JSON nor YAML: line " + std::to_string(fault.position.line) +
                        ": " + fault.message);
    }
    value = json::parse(declarative::json_text_of(*document), error);
  }
  if (error || !value.is_object()) return unreadable("must be an OpenAPI document, an object");
  return std::move(value.get_object());
}

/// Letters and digits of `text` with a `-` for whatever stands between them.
std::string slug(std::string_view text, std::string_view marks, std::size_t most) {
  std::string name;
  for (const char c : text) {
    const char lower = to_lower(c);
    const bool stays = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                       marks.find(c) != std::string_view::npos;
    if (stays) {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > most) name.resize(most);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::string cut(std::string_view text, std::size_t most) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t length = leading_utf8_character(text);
    if (length == 0 || kept.size() + length > most) break;
    kept += text.substr(0, length);
    text.remove_prefix(length);
  }
  return kept;
}

class Import {
 public:
  Import(const json::object& document, const ImportOptions& options)
      : document_(document), options_(options) {}

  std::expected<model::Api, Faults> run() {
    check_kind();
    model::Api api;
    name(api);
    servers(api);
    api.validation.enforce = options_.enforce;
    if (object_at(document_, "paths") == nullptr) fault("/paths", "is required, an object");
    api.validation.document = json::serialize(detail::request_part(document_, faults_));
    if (!faults_.empty()) return std::unexpected(std::move(faults_));
    return api;
  }

 private:
  void check_kind() {
    const std::string_view version = text_at(document_, "openapi");
    if (version.starts_with("3.0") || version.starts_with("3.1")) return;
    fault("/openapi", document_.contains("swagger")
                          ? "is required; a document of Swagger 2.0 has to be converted first"
                          : "is required, and 3.0.x or 3.1.x");
  }

  void name(model::Api& api) {
    const json::object none;
    const json::object* info = object_at(document_, "info");
    if (info == nullptr) info = &none;
    const std::string_view title = text_at(*info, "title");
    api.name = options_.name.empty() ? slug(title, "_", kMaxNameBytes) : options_.name;
    if (api.name.empty()) {
      fault("/info/title", "is required, with letters or digits; or give a name for the API");
    }
    api.version = options_.version.empty() ? slug(text_at(*info, "version"), "._", kMaxVersionBytes)
                                           : options_.version;
    if (api.version.empty()) {
      fault("/info/version", "is required, a text; or give a version for the API");
    }
    api.description = cut(title, kMaxDescriptionBytes);
  }

  void servers(model::Api& api) {
    const json::value* const list = document_.if_contains("servers");
    if (list == nullptr || !list->is_array() || list->get_array().empty()) {
      return fault("/servers", "is required: at least one absolute URL to send requests to");
    }
    if (list->get_array().size() > kMaxServers) return fault("/servers", "must be at most 256");
    for (std::size_t i = 0; i < list->get_array().size(); ++i) {
      const std::string pointer = "/servers/" + std::to_string(i);
      const json::object* const server = list->get_array()[i].if_object();
      if (server == nullptr) {
        fault(pointer, "must be an object");
      } else {
        add_endpoint(api, pointer, *server);
      }
    }
  }

  void add_endpoint(model::Api& api, const std::string& pointer, const json::object& server) {
    const std::size_t before = faults_.size();
    const std::string written = with_defaults(pointer, server);
    if (faults_.size() != before) return;
    const auto url = model::parse_upstream_url(written);
    if (!url) {
      const bool is_absolute = written.starts_with("http");
      fault(pointer + "/url",
            is_absolute ? url.error().detail : "must be an absolute URL with http:// or https://");
    }
    if (faults_.size() != before) return;
    model::Endpoint endpoint;
    endpoint.url = model::to_string(*url);
    if (std::ranges::find(api.upstream.endpoints, endpoint) != api.upstream.endpoints.end()) return;
    api.upstream.endpoints.push_back(std::move(endpoint));
  }

  /// The URL of a server with the defaults of its variables in their places.
  std::string with_defaults(const std::string& pointer, const json::object& server) {
    std::string_view rest = text_at(server, "url");
    const json::object* const variables = object_at(server, "variables");
    std::string url;
    for (;;) {
      const auto open = rest.find('{');
      const auto close = rest.find('}', open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      url += rest.substr(0, open);
      const std::string_view variable = rest.substr(open + 1, close - open - 1);
      const json::object* const described =
          variables == nullptr ? nullptr : object_at(*variables, variable);
      if (described == nullptr || !described->contains("default")) {
        fault(json_pointer_to(pointer + "/variables", variable) + "/default",
              "is required, since the URL has " + in_quotes(variable));
      } else {
        url += text_at(*described, "default");
      }
      rest.remove_prefix(close + 1);
    }
    url += rest;
    while (url.ends_with('/')) url.pop_back();
    return url;
  }

  void fault(const std::string& pointer, std::string message) {
    if (faults_.size() < kMaxImportFaults) faults_.push_back({pointer, std::move(message)});
  }

  const json::object& document_;
  const ImportOptions& options_;
  Faults faults_;
};

}  // namespace

std::expected<model::Api, Faults> api_from_openapi(std::string_view document,
                                                   const ImportOptions& options) {
  const auto parsed = parse(document);
  if (!parsed) return std::unexpected(parsed.error());
  return Import(*parsed, options).run();
}

}  // namespace apiforge::catalogue
