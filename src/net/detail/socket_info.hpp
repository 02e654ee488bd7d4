// What the kernel knows of a TCP connection.
#pragma once
#include <cstdint>

namespace apiforge::net {

inline constexpr std::uint64_t kUnknownBytes = ~std::uint64_t{0};
/// Bytes of ours that the peer's kernel has acknowledged (tcpi_bytes_acked), or kUnknownBytes.
std::uint64_t socket_bytes_acknowledged(int socket);

}  // namespace apiforge::net
