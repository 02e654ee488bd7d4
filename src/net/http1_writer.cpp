#include "net/http1_writer.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>

#include "base/text.hpp"

namespace apiforge::net {
namespace {

using Digits = std::array<char, 20>;

std::string_view decimal(std::uint64_t number, Digits& digits) {
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

void append_fields(std::string& out, std::span<const Field> fields) {
  for (const Field& field : fields) append_all(out, {field.name, ": ", field.value, "\r\n"});
}

void append_length(std::string& out, std::uint64_t length) {
  Digits digits;
  append_all(out, {"Content-Length: ", decimal(length, digits), "\r\n"});
}

void append_status_line(std::string& out, int status, std::string_view reason) {
  Digits digits;
  append_all(out, {"HTTP/1.1 ", decimal(static_cast<std::uint64_t>(status), digits), " ",
                   reason.empty() ? standard_reason(status) : reason, "\r\n"});
}

}  // namespace

std::string_view standard_reason(int status) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {reason.data(), reason.size()};
}

bool is_clean_value(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

void append_request_head(std::string& out, const OutgoingRequest& request) {
  append_all(out, {request.method_text, " ", request.target,
                   " HTTP/1.1\r\nHost: ", request.authority, "\r\n"});
  append_fields(out, request.fields);
  out.append(request.lines);
  if (request.framing == BodyFraming::Chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (request.framing == BodyFraming::Length || request.method == Method::Post ||
             request.method == Method::Put || request.method == Method::Patch) {
    append_length(out, request.content_length);
  }
  if (!request.upgrade.empty()) {
    append_all(out, {"Connection: upgrade\r\nUpgrade: ", request.upgrade, "\r\n"});
  }
  out.append("\r\n", 2);
}

void append_reply_head(std::string& out, const OutgoingReply& reply, int minor_version,
                       bool keep_alive) {
  append_status_line(out, reply.status, reply.reason);
  append_fields(out, reply.fields);
  out.append(reply.lines);
  if (reply.framing == BodyFraming::Length) append_length(out, reply.content_length);
  if (reply.framing == BodyFraming::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!keep_alive) {
    out.append("Connection: close\r\n");
  } else if (minor_version == 0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n", 2);
}

void append_interim_head(std::string& out, int status, std::span<const Field> fields) {
  append_status_line(out, status, {});
  append_fields(out, fields);
  out.append("\r\n", 2);
}

std::string_view ChunkFrames::size_line(std::size_t index, std::size_t bytes, bool first) {
  auto& line = lines_[index];
  char* at = line.data();
  // The line end of the chunk before goes out with the size of this one.
  if (!first) {
    *at++ = '\r';
    *at++ = '\n';
  }
  at = std::to_chars(at, line.data() + line.size() - 2, bytes, 16).ptr;
  *at++ = '\r';
  *at++ = '\n';
  return {line.data(), static_cast<std::size_t>(at - line.data())};
}

std::span<const std::string_view> ChunkFrames::lay_out(std::string_view head, const Body& body) {
  std::size_t count = 0;
  if (!head.empty()) pieces_[count++] = head;
  bool first = true;
  for (std::size_t i = 0; i < body.count; ++i) {
    if (body.pieces[i].empty()) continue;
    pieces_[count++] = size_line(i, body.pieces[i].size(), first);
    pieces_[count++] = body.pieces[i];
    first = false;
  }
  end_.clear();
  if (!first) end_.append("\r\n", 2);
  if (body.end) {
    end_.append("0\r\n", 3);
    append_fields(end_, body.trailers);
    end_.append("\r\n", 2);
  }
  if (!end_.empty()) pieces_[count++] = end_;
  return {pieces_.data(), count};
}

std::span<const std::string_view> ChunkFrames::lay_out_plain(std::string_view head,
                                                             const Body& body) {
  std::size_t count = 0;
  if (!head.empty()) pieces_[count++] = head;
  for (std::size_t i = 0; i < body.count; ++i) {
    if (!body.pieces[i].empty()) pieces_[count++] = body.pieces[i];
  }
  return {pieces_.data(), count};
}

}  // namespace apiforge::net
