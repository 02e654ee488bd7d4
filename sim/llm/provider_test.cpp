#include "sim/llm/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "sim/llm/embeddings.hpp"

namespace apiforge::sim::llm {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class ProviderTest : public testing::Test {
 protected:
  Reply call(std::string method, std::string path, std::string body = {},
             std::string key = "sim-llm-key") {
    Request request{.method = std::move(method), .path = std::move(path), .body = std::move(body)};
    if (!key.empty()) request.headers.push_back({"Authorization", "Bearer " + key});
    return provider.reply(request);
  }
  Reply chat(const std::string& more) {
    return call("POST", "/v1/chat/completions", R"({"model":"gpt-4o",)" + more + "}");
  }
  static json::value body_of(const Reply& reply) { return json::parse(reply.body); }
  /// The parsed events of a stream, without the last, [DONE].
  static std::vector<json::value> events_of(const Reply& reply) {
    std::vector<json::value> events;
    EXPECT_EQ(reply.chunks.back(), "data: [DONE]\n\n");
    for (std::size_t i = 0; i + 1 < reply.chunks.size(); ++i) {
      EXPECT_TRUE(reply.chunks[i].starts_with("data: ") && reply.chunks[i].ends_with("\n\n"));
      events.push_back(json::parse(reply.chunks[i].substr(6)));
    }
    return events;
  }

  SimulatedClock clock;
  Provider provider{clock, {}};
};

constexpr std::string_view kHello = R"("messages":[{"role":"user","content":"hello there"}])";
constexpr std::string_view kTools =
    R"("tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",)"
    R"("properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]},"days":{"type":"integer"}}}}}])";

TEST_F(ProviderTest, TheSamePromptGetsTheSameAnswer) {
  const auto first = body_of(chat(std::string(kHello)));
  const auto second = body_of(chat(std::string(kHello)));
  const auto& choice = first.at("choices").at(0);
  EXPECT_EQ(choice.at("message"), second.at("choices").at(0).at("message"));
  EXPECT_NE(first.at("id"), second.at("id"));
  EXPECT_EQ(choice.at("finish_reason"), "stop");
  EXPECT_EQ(first.at("usage").at("prompt_tokens"), 2);
}

TEST_F(ProviderTest, AStreamSaysTheSameAsThePlainReply) {
  const auto plain = body_of(chat(std::string(kHello)));
  const Reply reply =
      chat(std::string(kHello) + R"(,"stream":true,"stream_options":{"include_usage":true})");
  EXPECT_THAT(reply.content_type, HasSubstr("text/event-stream"));
  const auto events = events_of(reply);
  std::string text;
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    EXPECT_TRUE(events[i].at("usage").is_null());
    const auto* content =
        events[i].at("choices").at(0).at("delta").as_object().if_contains("content");
    if (content) text += std::string_view(content->as_string());
  }
  EXPECT_EQ(text,
            std::string_view(plain.at("choices").at(0).at("message").at("content").as_string()));
  EXPECT_EQ(events.back().at("usage"), plain.at("usage"));
  EXPECT_TRUE(events.back().at("choices").as_array().empty());
}

TEST_F(ProviderTest, AStreamSaysNothingOfUsageUnasked) {
  for (const auto& event : events_of(chat(std::string(kHello) + R"(,"stream":true)"))) {
    EXPECT_FALSE(event.as_object().contains("usage"));
  }
}

TEST_F(ProviderTest, MaxTokensCutsTheAnswer) {
  for (const auto* name : {"max_tokens", "max_completion_tokens"}) {
    const auto body = body_of(chat(std::string(kHello) + ",\"" + name + "\":3"));
    EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "length");
    EXPECT_EQ(body.at("usage").at("completion_tokens"), 3);
  }
}

TEST_F(ProviderTest, AToolThatIsNamedIsCalledWithFittingArguments) {
  const auto body =
      body_of(chat(std::string(kTools) +
                   R"(,"messages":[{"role":"user","content":"get_weather of Oslo please"}])"));
  const auto& choice = body.at("choices").at(0);
  EXPECT_EQ(choice.at("finish_reason"), "tool_calls");
  EXPECT_TRUE(choice.at("message").at("content").is_null());
  const auto& function = choice.at("message").at("tool_calls").at(0).at("function");
  EXPECT_EQ(function.at("name"), "get_weather");
  EXPECT_EQ(json::parse(function.at("arguments").as_string()),
            json::parse(R"({"city":"some city","unit":"C","days":1})"));
}

TEST_F(ProviderTest, ArgumentsOfToolsAreStreamedInPieces) {
  const auto events = events_of(chat(
      std::string(kTools) + R"(,"stream":true,"tool_choice":"required",)" + std::string(kHello)));
  std::string arguments;
  int pieces = 0;
  for (const auto& event : events) {
    const auto* calls = event.at("choices").at(0).at("delta").as_object().if_contains("tool_calls");
    if (!calls) continue;
    const auto& call = calls->at(0);
    EXPECT_EQ(call.at("index"), 0);
    arguments += std::string_view(call.at("function").at("arguments").as_string());
    ++pieces;
  }
  EXPECT_GT(pieces, 3);
  EXPECT_TRUE(json::parse(arguments).is_object());
  EXPECT_EQ(events.back().at("choices").at(0).at("finish_reason"), "tool_calls");
}

TEST_F(ProviderTest, AfterTheResultOfAToolComesText) {
  const auto body =
      body_of(chat(std::string(kTools) +
                   R"(,"messages":[{"role":"user","content":"get_weather"},)"
                   R"({"role":"tool","tool_call_id":"x","content":"get_weather: rain"}])"));
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "stop");
}

TEST_F(ProviderTest, RefusalsHaveOpenAisShape) {
  const Reply wrong_key = call("GET", "/v1/models", {}, "sk-wrong-wrong");
  EXPECT_EQ(wrong_key.status, 401U);
  EXPECT_EQ(body_of(wrong_key).at("error").at("code"), "invalid_api_key");
  EXPECT_THAT(wrong_key.body, testing::Not(HasSubstr("sk-wrong-wrong")));
  EXPECT_EQ(call("GET", "/v1/models", {}, "").status, 401U);

  const Reply no_model = call("GET", "/v1/models/nope");
  EXPECT_EQ(no_model.status, 404U);
  EXPECT_EQ(body_of(no_model).at("error").at("code"), "model_not_found");
  EXPECT_EQ(call("GET", "/v1/chat/completions").status, 405U);
  EXPECT_EQ(call("GET", "/v1/other").status, 404U);
}

TEST_F(ProviderTest, MalformedRequestsAreRefused) {
  for (const auto* body :
       {"", "[]", "{}", R"({"model":"gpt-4o"})", R"({"model":"gpt-4o","messages":[]})",
        R"({"model":"gpt-4o","messages":[1],"max_tokens":0})",
        R"({"model":"gpt-4o","messages":[1],"tools":[{}]})",
        R"({"model":"gpt-4o","messages":[1],"n":2})"}) {
    EXPECT_EQ(call("POST", "/v1/chat/completions", body).status, 400U) << body;
  }
}

TEST_F(ProviderTest, EmbeddingsAreUnitVectorsThatDependOnTheText) {
  const auto vector = embed(1, "hello", 256);
  double square = 0;
  for (const float value : vector) square += value * value;
  EXPECT_NEAR(square, 1, 1e-5);
  EXPECT_EQ(vector, embed(1, "hello", 256));
  EXPECT_NE(vector, embed(1, "hallo", 256));
}

TEST_F(ProviderTest, EmbeddingsComeAsNumbersOrAsBase64) {
  const std::string request =
      R"({"model":"text-embedding-3-small","input":["a b","c"],"dimensions":3)";
  const auto numbers = body_of(call("POST", "/v1/embeddings", request + "}"));
  EXPECT_EQ(numbers.at("data").at(1).at("embedding").as_array().size(), 3U);
  EXPECT_EQ(numbers.at("usage").at("total_tokens"), 3);
  const auto text =
      body_of(call("POST", "/v1/embeddings", request + R"(,"encoding_format":"base64"})"));
  EXPECT_EQ(text.at("data").at(0).at("embedding").as_string().size(), 16U) << "12 bytes";
}

}  // namespace
}  // namespace apiforge::sim::llm
