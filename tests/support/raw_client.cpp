#include "support/raw_client.hpp"

namespace apiforge::testing_support {

HttpMessage RawClient::read_reply(MessageKind kind, milliseconds patience) {
  return read_message(*stream_, buffer_, kind, patience).value_or(HttpMessage{});
}

HttpMessage RawClient::read_reply_head() {
  return read_head(*stream_, buffer_).value_or(HttpMessage{});
}

std::string RawClient::read_until(std::string_view text, milliseconds patience) {
  std::size_t at = 0;
  while ((at = buffer_.find(text)) == std::string::npos) {
    if (!stream_->receive(buffer_, patience)) return std::exchange(buffer_, {});
  }
  std::string result = buffer_.substr(0, at + text.size());
  buffer_.erase(0, result.size());
  return result;
}

std::string RawClient::read_all(milliseconds patience) {
  while (stream_->receive(buffer_, patience)) {
  }
  return std::exchange(buffer_, {});
}

}  // namespace apiforge::testing_support
