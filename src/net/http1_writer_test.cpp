#include "net/http1_writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http1_parser.hpp"

namespace apiforge::net {
namespace {

std::string joined(std::span<const std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

Body body_of(std::initializer_list<std::string_view> pieces, bool end) {
  Body body;
  for (const std::string_view piece : pieces) body.pieces[body.count++] = piece;
  body.end = end;
  return body;
}

TEST(RequestHeadText, has_the_host_first_then_the_fields_then_the_framing) {
  const std::vector<Field> fields{{"Accept", "*/*", FieldId::Accept}};
  OutgoingRequest request;
  request.method = Method::Post;
  request.method_text = "POST";
  request.target = "/orders?symbol=BTC";
  request.authority = "api.example.com";
  request.fields = fields;
  request.lines = "X-Signed: 1\r\n";
  request.framing = BodyFraming::Length;
  request.content_length = 18'446'744'073'709'551'615U;
  std::string text;
  append_request_head(text, request);
  EXPECT_EQ(text,
            "POST /orders?symbol=BTC HTTP/1.1\r\nHost: api.example.com\r\nAccept: */*\r\n"
            "X-Signed: 1\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST(RequestHeadText, gives_a_length_of_zero_where_a_body_is_expected) {
  OutgoingRequest request;
  request.method_text = "PUT";
  request.method = Method::Put;
  request.target = "/";
  request.authority = "a";
  std::string text;
  append_request_head(text, request);
  EXPECT_EQ(text, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHeadText, can_be_chunked_or_ask_for_an_upgrade) {
  OutgoingRequest request;
  request.method_text = "GET";
  request.target = "/";
  request.authority = "a";
  request.framing = BodyFraming::Chunked;
  std::string text;
  append_request_head(text, request);
  EXPECT_EQ(text, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  request.framing = BodyFraming::None;
  request.upgrade = "websocket";
  text.clear();
  append_request_head(text, request);
  EXPECT_EQ(text, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST(ReplyHeadText, says_what_becomes_of_the_connection) {
  OutgoingReply reply;
  reply.status = 404;
  reply.framing = BodyFraming::Length;
  reply.content_length = 7;
  const auto text = [&reply](int version, bool keep_alive) {
    std::string out;
    append_reply_head(out, reply, version, keep_alive);
    return out;
  };
  const std::string start = "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n";
  EXPECT_EQ(text(1, true), start + "\r\n");
  EXPECT_EQ(text(1, false), start + "Connection: close\r\n\r\n");
  EXPECT_EQ(text(0, true), start + "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(text(0, false), start + "Connection: close\r\n\r\n");
}

TEST(ReplyHeadText, keeps_the_reason_of_the_upstream) {
  OutgoingReply reply;
  reply.status = 299;
  reply.reason = "Peculiar";
  std::string text;
  append_reply_head(text, reply, 1, true);
  EXPECT_EQ(text, "HTTP/1.1 299 Peculiar\r\n\r\n");
}

TEST(InterimHeadText, has_no_framing) {
  std::string text;
  append_interim_head(text, 100, {});
  EXPECT_EQ(text, "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(CleanValue, has_no_control_bytes_but_tabs) {
  EXPECT_TRUE(is_clean_value("a\tb \xc3\xa9"));
  for (int byte = 0; byte < 256; ++byte) {
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    EXPECT_EQ(is_clean_value(std::string("a") + static_cast<char>(byte)), !control) << byte;
  }
}

TEST(ChunkFrames, frame_every_piece_and_the_end) {
  ChunkFrames frames;
  EXPECT_EQ(joined(frames.lay_out("HEAD", body_of({"abc", "0123456789abcdef"}, true))),
            "HEAD3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
  EXPECT_EQ(joined(frames.lay_out({}, body_of({"abc"}, false))), "3\r\nabc\r\n");
  EXPECT_EQ(joined(frames.lay_out({}, body_of({}, true))), "0\r\n\r\n");
  EXPECT_TRUE(frames.lay_out({}, body_of({}, false)).empty());
}

TEST(ChunkFrames, never_write_an_empty_chunk_that_would_end_the_body) {
  ChunkFrames frames;
  EXPECT_EQ(joined(frames.lay_out({}, body_of({"", "a", "", "b", ""}, false))),
            "1\r\na\r\n1\r\nb\r\n");
}

TEST(ChunkFrames, carry_trailers_with_the_end) {
  const std::vector<Field> trailers{{"X-Sum", "9", FieldId::Other}};
  Body body = body_of({"a"}, true);
  body.trailers = trailers;
  ChunkFrames frames;
  EXPECT_EQ(joined(frames.lay_out({}, body)), "1\r\na\r\n0\r\nX-Sum: 9\r\n\r\n");
}

TEST(ChunkFrames, have_room_for_as_many_pieces_as_a_body) {
  Body body;
  std::string expected;
  for (std::size_t i = 0; i < Body::kMaxPieces; ++i) {
    body.pieces[body.count++] = "xy";
    expected += "2\r\nxy\r\n";
  }
  body.end = true;
  ChunkFrames frames;
  const auto pieces = frames.lay_out("H", body);
  EXPECT_LE(pieces.size(), kMaxGather);
  EXPECT_EQ(joined(pieces), "H" + expected + "0\r\n\r\n");
}

TEST(ChunkFrames, are_read_back_by_the_parser) {
  ChunkFrames frames;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string wire = joined(frames.lay_out(head, body_of({"one", "two"}, true)));
  const Http1Limits limits;
  Http1RequestParser parser(limits);
  std::size_t at = *parser.parse_head(wire);
  std::string read;
  while (!parser.complete()) {
    const auto step = parser.next(std::string_view(wire).substr(at));
    ASSERT_TRUE(step && !step->need_more);
    at += step->consumed;
    read += step->data;
  }
  EXPECT_EQ(read, "onetwo");
  EXPECT_EQ(at, wire.size());
}

}  // namespace
}  // namespace apiforge::net
