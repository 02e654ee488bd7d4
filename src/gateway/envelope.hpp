// The JSON of the unified call: the request that a caller wraps, and the reply that it gets. Pure;
// any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "gateway/whole_reply.hpp"

namespace apiforge::gateway {

/// `{method, path, query, headers, body, version, timeout_ms}`; all are optional.
struct EnvelopeRequest {
  std::string method = "GET";
  std::string target = "/";  ///< path, and the query of `path` and `query` together
  std::vector<OwnedField> fields;
  std::string body;
  std::string version;
  std::optional<std::chrono::milliseconds> timeout;
};

inline constexpr std::chrono::milliseconds kMaxEnvelopeTimeout{600'000};

/// Reads it from `json`, which is JSON text (`is_json`). All faults, with JSON pointers; `request`
/// counts when there are none. A member that is not known, or stands there twice, is a fault.
///
/// `body` goes out as it stands: a text as that text, `{"base64": "..."}` as the bytes, null as no
/// body, any other value as JSON; it gets a Content-Type that fits unless `headers` has one.
std::vector<BodyFault> read_envelope(std::string_view json, EnvelopeRequest& request);

/// What the reply says beside the upstream's.
struct EnvelopeMeta {
  std::string_view api;
  std::string_view version;
  std::string_view endpoint;  ///< URL; empty: null
  std::uint32_t attempts = 0;
  bool cached = false;
  std::uint64_t latency_ms = 0;
  std::string_view request_id;
};

/// Appends `{status, headers, body, meta}`. A field that the reply has several times is an array of
/// texts. `without_body`: of a reply to HEAD.
void append_reply_envelope(std::string& out, const WholeReply& reply, bool without_body,
                           const EnvelopeMeta& meta);

}  // namespace apiforge::gateway
