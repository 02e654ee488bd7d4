#include "sim/llm/chat.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "sim/fingerprint.hpp"
#include "sim/llm/words.hpp"

namespace apiforge::sim::llm {
namespace json = boost::json;

namespace {

/// Arguments of tools are streamed in pieces of so many bytes.
constexpr std::size_t kArgumentPiece = 8;
constexpr std::string_view kSystemFingerprint = "fp_simulated";

std::vector<Tool> tools_to_call(const ChatRequest& request) {
  std::vector<Tool> chosen;
  if (request.tool_choice == ToolChoice::None || request.last_is_tool_result) return chosen;
  for (const Tool& tool : request.tools) {
    const bool wanted = request.forced_tool.empty()
                            ? request.last_message.find(tool.name) != std::string::npos
                            : tool.name == request.forced_tool;
    if (wanted) chosen.push_back(tool);
  }
  const bool must = request.tool_choice == ToolChoice::Required && chosen.empty();
  if (must && !request.tools.empty()) chosen.push_back(request.tools.front());
  return chosen;
}

json::object usage_of(const Completion& completion) {
  return {{"prompt_tokens", completion.prompt_tokens},
          {"completion_tokens", completion.completion_tokens},
          {"total_tokens", completion.prompt_tokens + completion.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", 0},
            {"audio_tokens", 0},
            {"accepted_prediction_tokens", 0},
            {"rejected_prediction_tokens", 0}}}};
}

json::object envelope(const Completion& completion, std::string_view object) {
  return {{"id", completion.id},
          {"object", object},
          {"created", completion.created},
          {"model", completion.model},
          {"system_fingerprint", kSystemFingerprint}};
}

/// Writes the events of one stream, all in the same envelope.
class EventWriter {
 public:
  EventWriter(const Completion& completion, bool include_usage)
      : completion_(completion), include_usage_(include_usage) {}

  void delta(json::object delta, json::value finish_reason = nullptr) {
    json::object choice{{"index", 0},
                        {"delta", std::move(delta)},
                        {"logprobs", nullptr},
                        {"finish_reason", std::move(finish_reason)}};
    json::array choices;
    choices.push_back(std::move(choice));
    write(std::move(choices), nullptr);
  }

  void tool_delta(std::size_t index, json::object call) {
    call["index"] = index;
    json::array calls;
    calls.push_back(std::move(call));
    delta({{"tool_calls", std::move(calls)}});
  }

  std::vector<std::string> finish() {
    if (include_usage_) write({}, usage_of(completion_));
    events_.push_back("data: [DONE]\n\n");
    return std::move(events_);
  }

 private:
  void write(json::array choices, json::value usage) {
    json::object chunk = envelope(completion_, "chat.completion.chunk");
    chunk["choices"] = std::move(choices);
    if (include_usage_) chunk["usage"] = std::move(usage);
    events_.push_back(fmt::format("data: {}\n\n", json::serialize(chunk)));
  }

  const Completion& completion_;
  bool include_usage_;
  std::vector<std::string> events_;
};

void write_tool_call(EventWriter& writer, std::size_t index, const ToolCall& call) {
  writer.tool_delta(index, {{"id", call.id},
                            {"type", "function"},
                            {"function", {{"name", call.name}, {"arguments", ""}}}});
  for (std::size_t at = 0; at < call.arguments.size(); at += kArgumentPiece) {
    json::object function{{"arguments", call.arguments.substr(at, kArgumentPiece)}};
    writer.tool_delta(index, {{"function", std::move(function)}});
  }
}

}  // namespace

Completion complete(const ChatRequest& request, std::uint64_t seed, std::int64_t now_seconds,
                    std::uint64_t serial) {
  const std::uint64_t key = fingerprint(seed, serial);
  Completion completion{.id = fmt::format("chatcmpl-{:016x}", key),
                        .created = now_seconds,
                        .model = request.model,
                        .finish_reason = "stop",
                        .prompt_tokens = count_words(request.prompt)};
  for (const Tool& tool : tools_to_call(request)) {
    const auto id = fmt::format("call_{:016x}", fingerprint(key, tool.name));
    completion.tool_calls.push_back({id, tool.name, tool.arguments});
    completion.completion_tokens += 1 + count_words(tool.arguments);
    completion.finish_reason = "tool_calls";
  }
  if (!completion.tool_calls.empty()) return completion;

  completion.words = answer_words(seed, request.prompt);
  const auto length = static_cast<std::int64_t>(completion.words.size());
  if (request.max_tokens && *request.max_tokens < length) {
    completion.words.resize(static_cast<std::size_t>(*request.max_tokens));
    completion.finish_reason = "length";
  }
  completion.completion_tokens = static_cast<std::int64_t>(completion.words.size());
  return completion;
}

std::string to_json(const Completion& completion) {
  json::object message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
  if (completion.tool_calls.empty()) {
    message["content"] = fmt::format("{}", fmt::join(completion.words, ""));
  } else {
    json::array calls;
    for (const ToolCall& call : completion.tool_calls) {
      calls.push_back({{"id", call.id},
                       {"type", "function"},
                       {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    }
    message["tool_calls"] = std::move(calls);
  }
  json::array choices;
  choices.push_back({{"index", 0},
                     {"message", std::move(message)},
                     {"logprobs", nullptr},
                     {"finish_reason", completion.finish_reason}});
  json::object reply = envelope(completion, "chat.completion");
  reply["choices"] = std::move(choices);
  reply["usage"] = usage_of(completion);
  return json::serialize(reply);
}

std::vector<std::string> to_events(const Completion& completion, bool include_usage) {
  EventWriter writer(completion, include_usage);
  const bool speaks = completion.tool_calls.empty();
  writer.delta({{"role", "assistant"}, {"content", speaks ? json::value("") : json::value()}});
  for (const std::string& word : completion.words) writer.delta({{"content", word}});
  for (std::size_t i = 0; i < completion.tool_calls.size(); ++i) {
    write_tool_call(writer, i, completion.tool_calls[i]);
  }
  writer.delta({}, json::value(completion.finish_reason));
  return writer.finish();
}

}  // namespace apiforge::sim::llm
