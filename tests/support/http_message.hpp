// HttpMessage: a request or a reply as a test looks at it, and reading one from a Stream.
// Deliberately a second, simple reading of RFC 9112, independent of the gateway's. Values; one
// thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/stream.hpp"

namespace apiforge::testing_support {

struct HttpMessage {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  ///< without chunk frames
  std::vector<std::pair<std::string, std::string>> trailers;
  bool complete = false;  ///< false: the connection ended, or nothing came, before its end

  /// The values of a field, joined with ", "; empty when it is absent.
  std::string field(std::string_view name) const;
  bool has(std::string_view name) const;
  std::string method() const;  ///< of a request
  std::string target() const;  ///< of a request
  int status() const;          ///< of a reply; 0 when there is none
};

/// Which rules of framing hold (RFC 9112 section 6.3).
enum class MessageKind { Request, Reply, ReplyToHead };

/// Reads one message; what is behind it stays in `buffer`. Nothing when no whole head came.
std::optional<HttpMessage> read_message(Stream& stream, std::string& buffer, MessageKind kind,
                                        milliseconds patience = kPatience);

/// Reads only up to the end of the head.
std::optional<HttpMessage> read_head(Stream& stream, std::string& buffer,
                                     milliseconds patience = kPatience);

/// A whole reply with Content-Length. `fields` are complete lines.
std::string reply(int status, std::string_view body = {}, std::string_view fields = {});

}  // namespace apiforge::testing_support
