// Options: the command line of apiforge-sim. Values.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "sim/data/data_source.hpp"
#include "sim/exchange/exchange.hpp"
#include "sim/llm/provider.hpp"

namespace apiforge::sim {

struct Options {
  std::string host = "127.0.0.1";
  /// A simulator without a port is not started; port 0 means any free one.
  std::optional<std::uint16_t> exchange_port;
  std::optional<std::uint16_t> llm_port;
  std::optional<std::uint16_t> data_port;
  exchange::Config exchange;
  llm::Config llm;
  data::Config data;
};

/// Why the program ends before it has begun: help that was asked for, or a complaint.
struct EarlyExit {
  int code = 0;
  std::string text;
};

inline constexpr int kExitUsage = 64;   ///< EX_USAGE of sysexits.h
inline constexpr int kExitConfig = 78;  ///< EX_CONFIG

std::expected<Options, EarlyExit> parse_options(int argc, const char* const* argv);

}  // namespace apiforge::sim
