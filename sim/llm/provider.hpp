// Provider: an LLM provider with OpenAI's API: chat completions, embeddings, models. Owned by main;
// the server's thread only.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "sim/llm/api_error.hpp"
#include "sim/simulator.hpp"

namespace apiforge::sim::llm {

struct Config {
  std::string key = "sim-llm-key";
  std::uint64_t seed = 1;
  std::vector<std::string> more_models;
  std::chrono::milliseconds chunk_interval{0};  ///< between the events of a stream
};

class Provider final : public Simulator {
 public:
  Provider(const Clock& clock, Config config);

  Reply reply(const Request& request) override;
  Reply failure(unsigned status) const override;
  void reset() override { serial_ = 0; }

 private:
  Outcome<Reply> answer(const Request& request);
  Outcome<Reply> chat(const Request& request);
  Outcome<Reply> embeddings(const Request& request) const;
  Outcome<Reply> models(std::string_view path) const;
  Outcome<void> check_key(const Request& request) const;
  Outcome<void> check_model(const std::string& model) const;

  const Clock& clock_;
  Config config_;
  std::vector<std::string> models_;
  /// Of requests; makes the ids of replies.
  std::uint64_t serial_ = 0;
};

}  // namespace apiforge::sim::llm
