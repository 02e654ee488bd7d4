// Embeddings: /v1/embeddings with vectors of unit length that depend on seed and text only. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/llm/api_error.hpp"

namespace apiforge::sim::llm {

inline constexpr std::size_t kMaxInputs = 2048;
inline constexpr std::size_t kMaxDimensions = 3072;

struct EmbeddingsRequest {
  std::string model;
  std::vector<std::string> inputs;
  std::size_t dimensions = 1536;
  bool base64 = false;  ///< as little-endian 32 bit floats, instead of a list of numbers
};

Outcome<EmbeddingsRequest> parse_embeddings_request(std::string_view body);
std::vector<float> embed(std::uint64_t seed, std::string_view text, std::size_t dimensions);
/// The whole reply.
std::string embeddings_json(const EmbeddingsRequest& request, std::uint64_t seed);

}  // namespace apiforge::sim::llm
