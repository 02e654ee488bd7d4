#include <fmt/format.h>

#include <boost/json.hpp>

#include "sim/llm/chat.hpp"

namespace apiforge::sim::llm {
namespace json = boost::json;

namespace {

constexpr int kMaxSchemaDepth = 8;

ApiError bad_request(std::string message, std::string param = {}) {
  return {.message = std::move(message), .param = std::move(param)};
}

const json::value* member(const json::value& value, std::string_view name) {
  return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

std::string_view text_of(const json::value* value) {
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

/// Of `content`: a string, or parts of which those of type text count.
std::string message_text(const json::value& message) {
  const json::value* content = member(message, "content");
  if (!content || !content->is_array()) return std::string(text_of(content));
  std::string text;
  for (const json::value& part : content->get_array()) {
    text.append(text.empty() ? "" : " ").append(text_of(member(part, "text")));
  }
  return text;
}

/// A value that fits a JSON schema of the plain kind that tools have.
json::value example_of(const json::value& schema, std::string_view name, int depth) {
  if (const auto* options = member(schema, "enum"); options && options->is_array()) {
    if (!options->get_array().empty()) return options->get_array().front();
  }
  const auto type = text_of(member(schema, "type"));
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return json::array();
  if (type != "object") return json::value(fmt::format("some {}", name));
  json::object object;
  const auto* properties = member(schema, "properties");
  if (!properties || !properties->is_object() || depth == kMaxSchemaDepth) return object;
  for (const auto& [key, property] : properties->get_object()) {
    object[key] = example_of(property, key, depth + 1);
  }
  return object;
}

Outcome<void> read_messages(const json::value& body, ChatRequest& request) {
  const json::value* messages = member(body, "messages");
  if (!messages) {
    return std::unexpected(bad_request("Missing required parameter: 'messages'.", "messages"));
  }
  if (!messages->is_array() || messages->get_array().empty()) {
    return std::unexpected(bad_request(
        "Invalid 'messages': expected an array with at least one message.", "messages"));
  }
  for (const json::value& message : messages->get_array()) {
    request.last_message = message_text(message);
    request.prompt.append(request.prompt.empty() ? "" : "\n").append(request.last_message);
    request.last_is_tool_result = text_of(member(message, "role")) == "tool";
  }
  return {};
}

Outcome<void> read_tools(const json::value& body, ChatRequest& request) {
  if (const json::value* tools = member(body, "tools")) {
    if (!tools->is_array()) {
      return std::unexpected(bad_request("Invalid type for 'tools': expected an array.", "tools"));
    }
    for (const json::value& tool : tools->get_array()) {
      const json::value* function = member(tool, "function");
      const auto name = function ? text_of(member(*function, "name")) : std::string_view{};
      if (name.empty()) {
        return std::unexpected(
            bad_request("Missing required parameter: 'tools[].function.name'.", "tools"));
      }
      const json::value* schema = member(*function, "parameters");
      const json::value arguments = schema ? example_of(*schema, name, 0) : json::object();
      request.tools.push_back({std::string(name), json::serialize(arguments)});
    }
  }
  const json::value* choice = member(body, "tool_choice");
  if (text_of(choice) == "none") request.tool_choice = ToolChoice::None;
  if (text_of(choice) == "required") request.tool_choice = ToolChoice::Required;
  if (const json::value* function = choice ? member(*choice, "function") : nullptr) {
    request.tool_choice = ToolChoice::Required;
    request.forced_tool = text_of(member(*function, "name"));
  }
  return {};
}

/// `max_completion_tokens` is today's name of `max_tokens`.
Outcome<void> read_max_tokens(const json::value& body, ChatRequest& request) {
  for (const std::string_view name : {"max_completion_tokens", "max_tokens"}) {
    const json::value* value = member(body, name);
    if (!value || value->is_null()) continue;
    if (!value->is_int64() || value->get_int64() < 1) {
      return std::unexpected(bad_request(
          fmt::format("Invalid '{}': expected an integer >= 1.", name), std::string(name)));
    }
    request.max_tokens = value->get_int64();
    return {};
  }
  return {};
}

}  // namespace

Outcome<ChatRequest> parse_chat_request(std::string_view text) {
  boost::system::error_code error;
  const json::value body = json::parse({text.data(), text.size()}, error);
  if (error || !body.is_object()) {
    return std::unexpected(bad_request("We could not parse the JSON body of your request."));
  }
  ChatRequest request;
  request.model = text_of(member(body, "model"));
  if (request.model.empty()) {
    return std::unexpected(bad_request("you must provide a model parameter"));
  }
  const json::value* count = member(body, "n");
  if (count && *count != 1) {
    return std::unexpected(bad_request("The simulator gives one choice: 'n' must be 1.", "n"));
  }
  if (auto good = read_messages(body, request); !good) return std::unexpected(good.error());
  if (auto good = read_tools(body, request); !good) return std::unexpected(good.error());
  if (auto good = read_max_tokens(body, request); !good) return std::unexpected(good.error());
  const json::value* stream = member(body, "stream");
  request.stream = stream && stream->is_bool() && stream->get_bool();
  const json::value* options = member(body, "stream_options");
  const json::value* usage = options ? member(*options, "include_usage") : nullptr;
  request.include_usage = usage && usage->is_bool() && usage->get_bool();
  return request;
}

}  // namespace apiforge::sim::llm
