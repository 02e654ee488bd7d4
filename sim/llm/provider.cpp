#include "sim/llm/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "sim/fingerprint.hpp"
#include "sim/llm/chat.hpp"
#include "sim/llm/embeddings.hpp"

namespace apiforge::sim::llm {
namespace json = boost::json;

namespace {

constexpr std::string_view kModels = "/v1/models";
/// When the simulated models were "created", Unix seconds.
constexpr std::int64_t kModelsCreated = 1'715'367'049;

json::object model_object(const std::string& name) {
  return {{"id", name}, {"object", "model"}, {"created", kModelsCreated}, {"owned_by", "sim"}};
}

/// As OpenAI shows a key: its ends only.
std::string masked(std::string_view key) {
  if (key.size() < 12) return "***";
  return fmt::format("{}{}{}", key.substr(0, 4), "****", key.substr(key.size() - 4));
}

ApiError wrong_method(const Request& request) {
  return {.status = 405,
          .message = fmt::format("Not allowed to {} on {}. (HINT: Perhaps you meant to use a "
                                 "different HTTP method?)",
                                 request.method, request.path),
          .code = "method_not_supported"};
}

}  // namespace

Provider::Provider(const Clock& clock, Config config)
    : clock_(clock),
      config_(std::move(config)),
      models_{"gpt-4o",
              "gpt-4o-mini",
              "gpt-4.1",
              "gpt-5",
              "gpt-5-mini",
              "text-embedding-3-small",
              "text-embedding-3-large"} {
  models_.insert(models_.end(), config_.more_models.begin(), config_.more_models.end());
}

Reply Provider::reply(const Request& request) {
  ++serial_;
  auto outcome = answer(request);
  Reply reply = outcome ? std::move(*outcome) : to_reply(outcome.error());
  reply.headers.push_back(
      {"x-request-id", fmt::format("req_{:016x}", fingerprint(config_.seed, serial_))});
  reply.headers.push_back({"openai-version", "2020-10-01"});
  reply.headers.push_back({"openai-processing-ms", "1"});
  return reply;
}

Outcome<Reply> Provider::answer(const Request& request) {
  if (auto good = check_key(request); !good) return std::unexpected(good.error());
  const bool post = request.method == "POST";
  if (request.path == "/v1/chat/completions") {
    return post ? chat(request) : std::unexpected(wrong_method(request));
  }
  if (request.path == "/v1/embeddings") {
    return post ? embeddings(request) : std::unexpected(wrong_method(request));
  }
  if (request.path == kModels || request.path.starts_with("/v1/models/")) {
    return request.method == "GET" ? models(request.path) : std::unexpected(wrong_method(request));
  }
  return std::unexpected(ApiError{
      .status = 404, .message = fmt::format("Invalid URL ({} {})", request.method, request.path)});
}

Outcome<void> Provider::check_key(const Request& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.header("Authorization");
  if (!header.starts_with(kBearer)) {
    return std::unexpected(
        ApiError{.status = 401,
                 .message = "You didn't provide an API key. You need to provide your API key in an "
                            "Authorization header using Bearer auth (i.e. Authorization: Bearer "
                            "YOUR_KEY)."});
  }
  const auto key = header.substr(kBearer.size());
  if (key == config_.key) return {};
  return std::unexpected(ApiError{
      .status = 401,
      .message = fmt::format("Incorrect API key provided: {}. You can find your API key at "
                             "https://platform.openai.com/account/api-keys.",
                             masked(key)),
      .code = "invalid_api_key"});
}

Outcome<void> Provider::check_model(const std::string& model) const {
  if (std::ranges::find(models_, model) != models_.end()) return {};
  return std::unexpected(ApiError{
      .status = 404,
      .message =
          fmt::format("The model `{}` does not exist or you do not have access to it.", model),
      .code = "model_not_found"});
}

Outcome<Reply> Provider::chat(const Request& request) {
  const auto chat = parse_chat_request(request.body);
  if (!chat) return std::unexpected(chat.error());
  if (auto good = check_model(chat->model); !good) return std::unexpected(good.error());
  const std::int64_t now = unix_milliseconds(clock_.wall()) / 1000;
  const Completion completion = complete(*chat, config_.seed, now, serial_);
  Reply reply;
  if (!chat->stream) {
    reply.body = to_json(completion);
    return reply;
  }
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.headers.push_back({"Cache-Control", "no-cache"});
  reply.chunks = to_events(completion, chat->include_usage);
  reply.chunk_interval = config_.chunk_interval;
  return reply;
}

Outcome<Reply> Provider::embeddings(const Request& request) const {
  const auto embeddings = parse_embeddings_request(request.body);
  if (!embeddings) return std::unexpected(embeddings.error());
  if (auto good = check_model(embeddings->model); !good) return std::unexpected(good.error());
  Reply reply;
  reply.body = embeddings_json(*embeddings, config_.seed);
  return reply;
}

Outcome<Reply> Provider::models(std::string_view path) const {
  Reply reply;
  if (path == kModels) {
    json::array data;
    for (const std::string& name : models_) data.push_back(model_object(name));
    reply.body = json::serialize(json::object{{"object", "list"}, {"data", std::move(data)}});
    return reply;
  }
  const std::string name(path.substr(kModels.size() + 1));
  if (auto good = check_model(name); !good) return std::unexpected(good.error());
  reply.body = json::serialize(model_object(name));
  return reply;
}

Reply Provider::failure(unsigned status) const {
  const bool limited = status == 429;
  Reply reply = to_reply({.status = status,
                          .message = limited ? "Rate limit reached for requests"
                                             : "The server had an error while processing your "
                                               "request. Sorry about that!",
                          .type = limited ? "requests" : "server_error",
                          .code = limited ? "rate_limit_exceeded" : ""});
  if (limited) reply.headers.push_back({"Retry-After", "1"});
  return reply;
}

}  // namespace apiforge::sim::llm
