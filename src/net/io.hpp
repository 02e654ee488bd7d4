// The vocabulary of byte streams: how an operation ended, and what is written.
#pragma once
#include <cstdint>
#include <string_view>

namespace apiforge::net {

enum class IoStatus : std::uint8_t {
  Ok,
  EndOfStream,  ///< the peer closed its side in order
  Reset,        ///< the connection broke, or ended without TLS's close_notify
  TimedOut,     ///< a deadline of ours passed; the connection is closed
  Closed,       ///< closed by ourselves
  Full          ///< no room for more input (a bound of ours)
};

/// Up to this many pieces go into one gather write.
inline constexpr std::size_t kMaxGather = 32;

/// So many bytes go out at once; then other connections have their turn. A kernel would take, and
/// copy, megabytes.
inline constexpr std::size_t kWriteTurn = 256 * 1024;

}  // namespace apiforge::net
