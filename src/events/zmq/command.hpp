// Command: what another program wants this node to do, as it comes over ZeroMQ. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace apiforge::events {

enum class CommandType : std::uint8_t {
  Ping,           ///< `ping`
  OpenBreaker,    ///< `breaker.open`: api, version?
  CloseBreaker,   ///< `breaker.close`: api, version?
  ResetBreaker,   ///< `breaker.reset`: api, version?
  SilenceAlerts,  ///< `alerts.silence`: rule, until (null ends the silence)
  Reload          ///< `reload`: the declarative file is read again
};
std::string_view name_of(CommandType type);

struct Command {
  CommandType type = CommandType::Ping;
  std::string api{};
  std::string version{};  ///< empty: all versions
  std::string rule{};
  std::optional<WallTime> until{};
  std::string client{};  ///< the public CURVE key of who asks; empty without CURVE
  friend bool operator==(const Command&, const Command&) = default;
};

inline constexpr std::size_t kMaxCommandBytes = 16 << 10;
inline constexpr std::size_t kMaxCommandTextBytes = 256;  ///< of a member

/// Reads `{"command": ..., ...}`. MalformedRequest when it is no JSON object or too large,
/// InvalidBody for an unknown command, and for a member that is missing, unknown or of another
/// type; the detail names it.
Result<Command> parse_command(std::string_view text);

/// `{"ok":true}`, or `{"ok":false,"code":"...","error":"..."}`.
std::string reply_to(const Result<void>& outcome);

}  // namespace apiforge::events
