// ApiError: an error reply in OpenAI's shape, {"error": {"message", "type", "param", "code"}}. A
// value.
#pragma once
#include <expected>
#include <string>

#include "sim/message.hpp"

namespace apiforge::sim::llm {

struct ApiError {
  unsigned status = 400;
  std::string message{};
  std::string type = "invalid_request_error";
  std::string param{};  ///< empty: null
  std::string code{};   ///< empty: null
};

template <class T>
using Outcome = std::expected<T, ApiError>;

Reply to_reply(const ApiError& error);

}  // namespace apiforge::sim::llm
