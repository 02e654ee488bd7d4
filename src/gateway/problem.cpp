#include "gateway/problem.hpp"

#include "net/http1_writer.hpp"

namespace apiforge::gateway {

void append_json_text(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (byte >= 0x80) {
      // Details are our own ASCII texts; anything else came from outside and is not worth decoding.
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
}

std::string problem_body(const Error& error, std::string_view request_id) {
  const ErrorCodeInfo& info = error.info();
  std::string out = R"({"type":"about:blank","title":")";
  append_json_text(out, info.title);
  out += R"(","status":)" + std::to_string(info.status);
  if (!error.detail.empty()) {
    out += R"(,"detail":")";
    append_json_text(out, error.detail);
    out += '"';
  }
  out += R"(,"code":")";
  out += info.name;
  out += R"(","request_id":")";
  append_json_text(out, request_id);
  out += "\"}\n";
  return out;
}

std::string problem_message(const Error& error, std::string_view request_id) {
  const std::string body = problem_body(error, request_id);
  std::string lines = "Content-Type: ";
  lines.append(kProblemType).append("\r\nX-Request-ID: ").append(request_id).append("\r\n");
  net::OutgoingReply reply;
  reply.status = error.info().status;
  reply.lines = lines;
  reply.framing = net::BodyFraming::Length;
  reply.content_length = body.size();
  std::string message;
  net::append_reply_head(message, reply, 1, false);
  return message + body;
}

}  // namespace apiforge::gateway
