// HTTP/1.1 parsing without I/O (RFC 9112): heads into flat arrays of views, bodies piece by piece.
// On a class derived from Beast's basic_parser, with stricter rules: whatever two implementations
// could read in two ways is refused. One parser per connection, reused for each message; one
// thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "net/head.hpp"

namespace apiforge::net {

struct Http1Limits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t fields = 100;
  std::size_t target_bytes = 8 * 1024;
};

/// One step through a body.
struct BodyStep {
  std::size_t consumed = 0;  ///< bytes of the input that are used up
  std::string_view data;     ///< body bytes, a view into the input
  bool end = false;          ///< the message is complete; trailers are valid now
  bool need_more = false;    ///< nothing to do without more input
};

class Http1RequestParser {
 public:
  explicit Http1RequestParser(const Http1Limits& limits);
  ~Http1RequestParser();

  /// Makes ready for the next message.
  void restart();
  /// Parses a head at the start of `input`. Returns the bytes it takes, or 0 while it is
  /// incomplete. Errors: MalformedRequest, AmbiguousFraming, MissingHost, HeadTooLarge,
  /// TargetTooLong.
  Result<std::size_t> parse_head(std::string_view input);
  /// Valid after `parse_head`, as long as its input is.
  const RequestHead& head() const;
  /// The next piece of the body. Errors: MalformedRequest.
  Result<BodyStep> next(std::string_view input);
  bool complete() const;
  /// Trailer fields (RFC 9110 6.5); valid after a step with `end`, as long as its input is.
  std::span<const Field> trailers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Http1ResponseParser {
 public:
  explicit Http1ResponseParser(const Http1Limits& limits);
  ~Http1ResponseParser();

  /// `without_body`: the request was HEAD, so that framing fields announce nothing.
  void restart(bool without_body);
  /// As for requests. An interim reply (1xx) is a head of its own. Errors: UpstreamProtocolError.
  Result<std::size_t> parse_head(std::string_view input);
  const ResponseHead& head() const;
  Result<BodyStep> next(std::string_view input);
  /// What is still to come of a body of known length; 0 for any other.
  std::uint64_t length_left() const;
  /// As `next` for so many of these bytes, which went another way.
  void skip(std::uint64_t bytes);
  bool complete() const;
  /// The stream ended in order. True when that completes the message (RFC 9112 6.3 item 8).
  bool end_of_stream();
  std::span<const Field> trailers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace apiforge::net
