// Refusal: an error reply of the exchange, as in Binance's errors.md. Values.
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace apiforge::sim::exchange {

struct Refusal {
  unsigned status = 400;
  int code = 0;
  std::string message;
};

template <class T>
using Outcome = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int code, std::string message, unsigned status = 400) {
  return std::unexpected(Refusal{status, code, std::move(message)});
}

std::unexpected<Refusal> missing_parameter(std::string_view name);
/// For a value that holds other characters than its kind allows; `legal` is a regular expression.
std::unexpected<Refusal> illegal_characters(std::string_view name, std::string_view legal);
std::unexpected<Refusal> filter_failure(std::string_view filter);

}  // namespace apiforge::sim::exchange
