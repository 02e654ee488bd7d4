// RequestLog: what arrived at a simulator, for tests that ask what the gateway really sent. Owned
// by the HttpServer; its thread only.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "sim/message.hpp"

namespace apiforge::sim {

class RequestLog {
 public:
  /// Paths beyond this many different ones are counted together under "(other)".
  static constexpr std::size_t kMaxPaths = 1000;

  void connection_opened() { ++connections_; }
  void record(const Request& request);
  /// A peer went away before it had its whole reply.
  void reply_abandoned() { ++abandoned_; }
  void clear() { *this = {}; }

  /// {"total", "connections", "abandoned", "paths": {path: count},
  ///  "last": null | {"method", "target", "headers": [[name, value]], "body"}}
  std::string to_json() const;

 private:
  std::uint64_t total_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t abandoned_ = 0;
  std::map<std::string, std::uint64_t> paths_;
  Request last_;
};

}  // namespace apiforge::sim
