// Chat: requests of /v1/chat/completions and what the simulated model makes of them. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/llm/api_error.hpp"

namespace apiforge::sim::llm {

/// A tool that a request offers, with arguments that fit its parameter schema.
struct Tool {
  std::string name;
  std::string arguments;
};

enum class ToolChoice { Auto, None, Required };

struct ChatRequest {
  std::string model;
  std::string prompt;        ///< text of all messages
  std::string last_message;  ///< text of the last one
  bool last_is_tool_result = false;
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::Auto;
  std::string forced_tool;  ///< tool_choice names a function
  std::optional<std::int64_t> max_tokens;
  bool stream = false;
  bool include_usage = false;
};

Outcome<ChatRequest> parse_chat_request(std::string_view body);

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
};

/// What the model says: words, or calls of tools.
struct Completion {
  std::string id{};
  std::int64_t created = 0;  ///< Unix seconds
  std::string model{};
  std::vector<std::string> words{};
  std::vector<ToolCall> tool_calls{};
  std::string finish_reason{};  ///< stop, length or tool_calls
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

/// A tool is called when it is forced, or when the last message, not itself the result of a tool,
/// names it. `serial` makes the ids differ.
Completion complete(const ChatRequest& request, std::uint64_t seed, std::int64_t now_seconds,
                    std::uint64_t serial);

/// The reply in one piece.
std::string to_json(const Completion& completion);
/// The reply as server-sent events, "data: ...\n\n" each, with "data: [DONE]\n\n" last.
std::vector<std::string> to_events(const Completion& completion, bool include_usage);

}  // namespace apiforge::sim::llm
