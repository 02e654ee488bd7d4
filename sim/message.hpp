// Request and Reply: what a simulator sees of HTTP. Plain values; the server's thread.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::sim {

struct Header {
  std::string name{};
  std::string value{};
};

/// A request that was received whole.
struct Request {
  std::string method{};
  /// As it was on the request line; `path` and `query` (without '?') are its two parts.
  std::string target{};
  std::string path{};
  std::string query{};
  std::vector<Header> headers{};
  std::string body{};

  /// Value of the first header of that name, ignoring case; empty when there is none.
  std::string_view header(std::string_view name) const;
};

/// What to answer. With `chunks`, `body` is ignored: each chunk is sent, flushed, as a chunk of
/// RFC 9112 7.1 of its own, `chunk_interval` apart.
struct Reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<Header> headers{};
  std::string body{};
  std::vector<std::string> chunks{};
  std::chrono::milliseconds chunk_interval{0};
};

}  // namespace apiforge::sim
