// The log line of a call. Pure; any thread.
//
// Text:  2026-11-22 10:00:00.123 INFO API_CALL binance status=200 method=GET path=/api/v3/time
//        latency_ms=1.234 tenant=- key=- attempts=1 request_id=... upstream_ms=... bytes_in=0
//        bytes_out=84 endpoint=... client=... version=v3 [error=code source=upstream] [slow=true]
//        [limited=quota] [priority=order]
// JSON:  the same members as one object a line, with `time`, `level`, `event` and `api` first.
//
// `limited` names the limit that refused the call; `priority` is its class, where that is not
// `data`.
//
// The level is ERROR when the gateway or the upstream failed or the status is 5xx, WARNING when the
// call was slow, else INFO: what is wrong with a request is the caller's affair.
#pragma once
#include <cstddef>

#include "observe/call_record.hpp"
#include "observe/line_text.hpp"

namespace apiforge::observe {

/// Longest values in a line, in bytes before escaping; what is longer is cut.
struct CallLineLimits {
  /// api, version, tenant, key, method, client, limited, priority
  static constexpr std::size_t kName = 64;
  static constexpr std::size_t kPath = 512;
  static constexpr std::size_t kRequestId = 128;
  static constexpr std::size_t kEndpoint = 256;
};

/// Room for any line: eight names, three longer values, and the keys and numbers between them.
inline constexpr std::size_t kMaxCallLine =
    8 * value_room(CallLineLimits::kName) + value_room(CallLineLimits::kPath) +
    value_room(CallLineLimits::kRequestId) + value_room(CallLineLimits::kEndpoint) + 768;

/// Writes the line with its line feed to `out`, which has room for kMaxCallLine; returns the end.
char* append_call_line(char* out, const CallRecord& call, WallTime now, LineStamp& stamp,
                       LineFormat format);

}  // namespace apiforge::observe
