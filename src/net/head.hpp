// Heads of HTTP messages as views into the bytes they were parsed from. No framing, no I/O: what a
// Call, a connector and a codec of any HTTP version have in common. Valid only while the buffer is.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace apiforge::net {

/// Request methods that decisions depend on; `Other` is any further token.
enum class Method : std::uint8_t {
  Get,
  Head,
  Post,
  Put,
  Delete,
  Patch,
  Options,
  Connect,
  Trace,
  Other
};
inline constexpr std::size_t kMethodCount = 10;

/// GET, HEAD, OPTIONS, TRACE, PUT and DELETE (RFC 9110 9.2.2).
constexpr bool is_idempotent(Method method) {
  return method != Method::Post && method != Method::Patch && method != Method::Connect &&
         method != Method::Other;
}
std::string_view method_name(Method method);

/// Field names that the gateway itself acts on.
enum class FieldId : std::uint8_t {
  Other,
  Accept,
  AcceptEncoding,
  Authorization,
  Connection,
  ContentLength,
  ContentType,
  Cookie,
  Date,
  Expect,
  Forwarded,
  Host,
  KeepAlive,
  ProxyAuthenticate,
  ProxyAuthorization,
  ProxyConnection,
  RetryAfter,
  Server,
  Te,
  Trailer,
  TransferEncoding,
  Upgrade,
  UserAgent,
  Via,
  XApiKey,
  XApiVersion,
  XForwardedFor,
  XForwardedHost,
  XForwardedPort,
  XForwardedProto,
  XRealIp,
  XRequestId,
};

struct Field {
  std::string_view name;   ///< as received
  std::string_view value;  ///< without surrounding white space, no control bytes
  FieldId id = FieldId::Other;
};

/// How the length of a body is known.
enum class BodyFraming : std::uint8_t { None, Length, Chunked, UntilClose };

struct RequestHead {
  Method method = Method::Other;
  std::string_view method_text;
  std::string_view target;  ///< raw; only the receive phase may read it
  std::uint8_t minor_version = 1;
  std::span<const Field> fields;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool wants_upgrade = false;  ///< `Connection: upgrade` with an `Upgrade` field
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  std::uint8_t minor_version = 1;
  std::span<const Field> fields;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
};

/// The value of the first field of that name (any case), or an empty view.
std::string_view find_field(std::span<const Field> fields, std::string_view name);
/// The same by id, for the names that have one.
const Field* find_field(std::span<const Field> fields, FieldId id);

}  // namespace apiforge::net
