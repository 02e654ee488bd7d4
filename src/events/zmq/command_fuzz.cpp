// Commands of other programs: the parser must take any bytes. What it accepts has the members that
// its type needs; what it refuses has an answer that is JSON.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "events/zmq/command.hpp"

namespace {

using apiforge::events::CommandType;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const apiforge::events::Command& command) {
  const bool is_silence = command.type == CommandType::SilenceAlerts;
  const bool is_breaker = command.type == CommandType::OpenBreaker ||
                          command.type == CommandType::CloseBreaker ||
                          command.type == CommandType::ResetBreaker;
  require(is_breaker == !command.api.empty());
  require(is_silence == !command.rule.empty());
  require(is_breaker || command.version.empty());
  require(is_silence || !command.until);
  require(command.client.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto command = apiforge::events::parse_command(text);
  if (command) {
    check(*command);
    return 0;
  }
  boost::system::error_code error;
  boost::json::parse(apiforge::events::reply_to(std::unexpected(command.error())), error);
  require(!error);
  return 0;
}
