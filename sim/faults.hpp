// Faults: the misbehaviour that a request asks for, so that a test needs no second server. Values.
#pragma once
#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "sim/message.hpp"

namespace apiforge::sim {

/// Name of the header, and of the query parameter, that asks for faults (case does not matter).
inline constexpr std::string_view kFaultName = "X-Sim-Fault";

/// What takes the place of the reply. The request is carried out all the same: an order that is
/// lost to a reset was placed, as it may be in earnest.
enum class Ending {
  Reply,
  Reset,  ///< `reset`: TCP RST instead of a reply
  Close,  ///< `close`: FIN instead of a reply
  Stall,  ///< `stall`: nothing, until the peer goes
};

struct Faults {
  std::chrono::milliseconds delay{0};  ///< `delay=MS`: wait before anything else
  Ending ending = Ending::Reply;
  std::optional<unsigned> status;     ///< `status=503`: the provider's error reply of that status
  std::optional<std::size_t> large;   ///< `large=BYTES`: a body of so many bytes
  std::optional<std::size_t> cut;     ///< `cut=N`: close after N body bytes (WebSocket: N messages)
  std::chrono::milliseconds slow{0};  ///< `slow=MS`: wait before each piece of the body
  bool close_after = false;           ///< `close-after`: FIN after the reply, unannounced
};

/// Of a comma-separated list such as `delay=50,cut=10`; the error says what is wrong with it.
/// Times are at most 10 minutes, sizes at most 64 MiB, status 200 to 599.
std::expected<Faults, std::string> parse_faults(std::string_view list);

/// What `request` asks for: its header, or else its query parameter.
std::expected<Faults, std::string> requested_faults(const Request& request);

}  // namespace apiforge::sim
