// RawClient: a caller of the gateway that sends exactly the bytes it is given. One thread; owned by
// the test.
#pragma once
#include <memory>

#include "support/http_message.hpp"

namespace apiforge::testing_support {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : stream_(Stream::connect(port, receive_buffer)) {}

  bool send(std::string_view bytes) { return stream_->send(bytes); }
  /// The next reply; an empty one (status 0) when none came.
  HttpMessage read_reply(MessageKind kind = MessageKind::Reply, milliseconds patience = kPatience);
  HttpMessage read_reply_head();
  /// Everything up to and with `text`, or up to the end.
  std::string read_until(std::string_view text, milliseconds patience = kPatience);
  /// Everything up to the end of the connection.
  std::string read_all(milliseconds patience = kPatience);
  bool closed_within(milliseconds patience) { return stream_->closed_within(patience); }
  Stream& stream() { return *stream_; }

 private:
  std::unique_ptr<Stream> stream_;
  std::string buffer_;
};

}  // namespace apiforge::testing_support
