#include "gateway/problem.hpp"

#include "net/http1_writer.hpp"

namespace apiforge::gateway {

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
