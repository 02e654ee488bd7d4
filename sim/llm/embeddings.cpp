#include "sim/llm/embeddings.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>
#include <boost/json.hpp>
#include <cmath>

#include "base/random.hpp"
#include "sim/fingerprint.hpp"
#include "sim/llm/words.hpp"

namespace apiforge::sim::llm {
namespace json = boost::json;

namespace {

std::unexpected<ApiError> refuse_embedding(std::string message, std::string param) {
  return std::unexpected(ApiError{.message = std::move(message), .param = std::move(param)});
}

std::string base64(const std::vector<float>& vector) {
  static_assert(std::endian::native == std::endian::little);
  const auto size = static_cast<int>(vector.size() * sizeof(float));
  // EVP_EncodeBlock writes a terminating zero as well.
  std::string text(static_cast<std::size_t>(size + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(vector.data()), size);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// A text, or a list of token numbers, which is as good as any text here.
std::optional<std::string> read_input(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_array()) return json::serialize(value);
  return std::nullopt;
}

/// `input`: one text, a list of texts, one list of tokens, or a list of those.
std::vector<std::string> read_inputs(const json::value* input) {
  if (!input) return {};
  const bool several =
      input->is_array() && !input->get_array().empty() && !input->get_array().front().is_number();
  std::vector<std::string> inputs;
  if (!several) {
    if (auto text = read_input(*input)) inputs.push_back(std::move(*text));
    return inputs;
  }
  for (const json::value& element : input->get_array()) {
    auto text = read_input(element);
    if (!text) return {};
    inputs.push_back(std::move(*text));
  }
  return inputs;
}

}  // namespace

Outcome<EmbeddingsRequest> parse_embeddings_request(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) {
    return refuse_embedding("We could not parse the JSON body of your request.", {});
  }
  const json::object& body = parsed.get_object();
  EmbeddingsRequest request;
  const json::value* model = body.if_contains("model");
  if (!model || !model->is_string())
    return refuse_embedding("you must provide a model parameter", {});
  request.model = std::string(model->get_string());
  if (request.model.ends_with("-large")) request.dimensions = kMaxDimensions;
  request.inputs = read_inputs(body.if_contains("input"));
  if (request.inputs.empty() || request.inputs.size() > kMaxInputs) {
    return refuse_embedding("'$.input' is invalid. Please check the API reference.", "input");
  }
  if (const json::value* dimensions = body.if_contains("dimensions")) {
    const auto* number = dimensions->if_int64();
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(kMaxDimensions)) {
      return refuse_embedding(
          fmt::format("Invalid 'dimensions': expected 1 to {}.", kMaxDimensions), "dimensions");
    }
    request.dimensions = static_cast<std::size_t>(*number);
  }
  const json::value* format = body.if_contains("encoding_format");
  request.base64 = format && *format == "base64";
  return request;
}

std::vector<float> embed(std::uint64_t seed, std::string_view text, std::size_t dimensions) {
  Random random(fingerprint(seed, text));
  std::vector<double> raw(dimensions);
  double square = 0;
  for (double& value : raw) {
    value = 2 * random.unit() - 1;
    square += value * value;
  }
  const double length = std::sqrt(square);
  std::vector<float> vector;
  vector.reserve(dimensions);
  for (const double value : raw) vector.push_back(static_cast<float>(value / length));
  return vector;
}

std::string embeddings_json(const EmbeddingsRequest& request, std::uint64_t seed) {
  json::array data;
  std::int64_t tokens = 0;
  for (const std::string& input : request.inputs) {
    tokens += count_words(input);
    const auto vector = embed(seed, input, request.dimensions);
    json::value embedding = request.base64 ? json::value(base64(vector))
                                           : json::value(json::array(vector.begin(), vector.end()));
    data.push_back(
        {{"object", "embedding"}, {"index", data.size()}, {"embedding", std::move(embedding)}});
  }
  return json::serialize(
      json::object{{"object", "list"},
                   {"data", std::move(data)},
                   {"model", request.model},
                   {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

}  // namespace apiforge::sim::llm
