// PlainHead: walks over a head that is written as nearly all are, several times as fast as a parser
// that has to understand all of HTTP. Pure. Private to net/. See docs/adr/0021.
#pragma once
#include <cstddef>
#include <string_view>

namespace apiforge::net::detail {

/// The parts are taken in their order. A step that returns false has found something else than the
/// plainest form: an end within the head, HTTP/1.0, a tab, a folded line, a byte that does not
/// belong there. The head is then left to the parser that knows what is allowed of it.
class PlainHead {
 public:
  explicit PlainHead(std::string_view input)
      : begin_(input.data()), at_(begin_), end_(begin_ + input.size()) {}

  /// `GET /target HTTP/1.1`
  bool take_request_line(std::string_view& method, std::string_view& target);
  /// `HTTP/1.1 200 OK`; the reason may be empty, its space may not be missing.
  bool take_status_line(int& status, std::string_view& reason);
  /// `Name: value`, without the spaces around the value.
  bool take_field(std::string_view& name, std::string_view& value);
  /// The empty line behind the last field.
  bool take_end();

  std::size_t taken() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  /// A text whose size is known is compared in one instruction or two.
  template <std::size_t Size>
  bool take(const char (&text)[Size]);
  std::string_view take_token();

  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace apiforge::net::detail
