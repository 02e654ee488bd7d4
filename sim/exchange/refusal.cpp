#include "sim/exchange/refusal.hpp"

#include <fmt/format.h>

namespace apiforge::sim::exchange {

std::unexpected<Refusal> missing_parameter(std::string_view name) {
  return refuse(-1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or "
                                   "malformed.",
                                   name));
}

std::unexpected<Refusal> illegal_characters(std::string_view name, std::string_view legal) {
  return refuse(-1100, fmt::format("Illegal characters found in parameter '{}'; legal range is "
                                   "'{}'.",
                                   name, legal));
}

std::unexpected<Refusal> filter_failure(std::string_view filter) {
  return refuse(-1013, fmt::format("Filter failure: {}", filter));
}

}  // namespace apiforge::sim::exchange
