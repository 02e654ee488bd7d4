// Where to connect to or listen on. Plain values; any thread.
#pragma once
#include <cstdint>
#include <string>

namespace apiforge::net {

/// A host (name or IP literal without brackets) and a TCP port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

}  // namespace apiforge::net
