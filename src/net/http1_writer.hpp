// Serialises HTTP/1.1 heads and chunks (RFC 9112). Pure; any thread. Values come from parsed heads
// or from this program, so they hold no control bytes; `is_clean_value` guards what comes from
// elsewhere.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "net/exchange.hpp"

namespace apiforge::net {

void append_request_head(std::string& out, const OutgoingRequest& request);
/// `minor_version` and `keep_alive` are those of the caller's connection.
void append_reply_head(std::string& out, const OutgoingReply& reply, int minor_version,
                       bool keep_alive);
void append_interim_head(std::string& out, int status, std::span<const Field> fields);
std::string_view standard_reason(int status);

/// No control bytes but tab: safe as a field value (RFC 9110 5.5).
bool is_clean_value(std::string_view value);

/// The pieces of one gather write of a chunked body: size lines, data, line ends, and the end.
class ChunkFrames {
 public:
  /// Lays out `body` behind `head` (which may be empty). Views are valid while this object is.
  std::span<const std::string_view> lay_out(std::string_view head, const Body& body);
  /// The same for a body that is not chunked.
  std::span<const std::string_view> lay_out_plain(std::string_view head, const Body& body);

 private:
  std::string_view size_line(std::size_t index, std::size_t bytes, bool first);
  std::array<std::array<char, 24>, Body::kMaxPieces> lines_;
  std::array<std::string_view, 2 * Body::kMaxPieces + 2> pieces_;
  std::string end_;
};

}  // namespace apiforge::net
