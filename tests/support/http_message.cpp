#include "support/http_message.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace apiforge::testing_support {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::size_t to_number(std::string_view text, int base) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

// Makes sure that `bytes` of them are in the buffer.
bool fill(Stream& stream, std::string& buffer, std::size_t bytes, milliseconds patience) {
  while (buffer.size() < bytes) {
    if (!stream.receive(buffer, patience)) return false;
  }
  return true;
}

std::optional<std::string> take_line(Stream& stream, std::string& buffer, milliseconds patience) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n")) == std::string::npos) {
    if (!stream.receive(buffer, patience)) return std::nullopt;
  }
  std::string line = buffer.substr(0, end);
  buffer.erase(0, end + 2);
  return line;
}

bool take_fields(Stream& stream, std::string& buffer, Fields& fields, milliseconds patience) {
  while (true) {
    const auto line = take_line(stream, buffer, patience);
    if (!line) return false;
    if (line->empty()) return true;
    const auto colon = line->find(':');
    fields.emplace_back(line->substr(0, colon), trim(std::string_view(*line).substr(colon + 1)));
  }
}

bool take_chunks(Stream& stream, std::string& buffer, HttpMessage& message, milliseconds patience) {
  while (true) {
    const auto line = take_line(stream, buffer, patience);
    if (!line) return false;
    const std::size_t size = to_number(*line, 16);
    if (size == 0) return take_fields(stream, buffer, message.trailers, patience);
    if (!fill(stream, buffer, size + 2, patience)) return false;
    message.body.append(buffer, 0, size);
    buffer.erase(0, size + 2);
  }
}

bool take_body(Stream& stream, std::string& buffer, HttpMessage& message, MessageKind kind,
               milliseconds patience) {
  const int status = kind == MessageKind::Request ? 0 : message.status();
  const bool upgraded = status == 101;
  if (kind == MessageKind::ReplyToHead || upgraded || status / 100 == 1 || status == 204 ||
      status == 304) {
    return true;
  }
  if (message.has("Transfer-Encoding")) return take_chunks(stream, buffer, message, patience);
  if (message.has("Content-Length")) {
    const std::size_t length = to_number(message.field("Content-Length"), 10);
    const bool whole = fill(stream, buffer, length, patience);
    message.body = buffer.substr(0, length);
    buffer.erase(0, length);
    return whole;
  }
  if (kind == MessageKind::Request) return true;
  while (stream.receive(buffer, patience)) {
  }
  message.body = std::exchange(buffer, {});
  return stream.end() == Stream::End::Closed;
}

}  // namespace

std::string HttpMessage::field(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const auto& [key, value] : fields) {
    if (!equals_ignoring_case(key, name)) continue;
    if (!std::exchange(first, false)) joined += ", ";
    joined += value;
  }
  return joined;
}

bool HttpMessage::has(std::string_view name) const {
  return std::ranges::any_of(
      fields, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
}

std::string HttpMessage::method() const {
  return start_line.substr(0, start_line.find(' '));
}

std::string HttpMessage::target() const {
  const auto begin = start_line.find(' ') + 1;
  return start_line.substr(begin, start_line.rfind(' ') - begin);
}

int HttpMessage::status() const {
  return start_line.starts_with("HTTP/")
             ? static_cast<int>(to_number(std::string_view(start_line).substr(9, 3), 10))
             : 0;
}

std::optional<HttpMessage> read_head(Stream& stream, std::string& buffer, milliseconds patience) {
  HttpMessage message;
  auto line = take_line(stream, buffer, patience);
  if (!line) return std::nullopt;
  message.start_line = *std::move(line);
  if (!take_fields(stream, buffer, message.fields, patience)) return std::nullopt;
  return message;
}

std::optional<HttpMessage> read_message(Stream& stream, std::string& buffer, MessageKind kind,
                                        milliseconds patience) {
  auto message = read_head(stream, buffer, patience);
  if (message) message->complete = take_body(stream, buffer, *message, kind, patience);
  return message;
}

std::string reply(int status, std::string_view body, std::string_view fields) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  text.append(fields).append("Content-Length: ").append(std::to_string(body.size()));
  return text.append("\r\n\r\n").append(body);
}

}  // namespace apiforge::testing_support
