// Apart from the other socket code: <linux/tcp.h> knows fields of tcp_info that the C library's
// header lacks, and the two cannot be included together.
#include "net/detail/socket_info.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace apiforge::net {

std::uint64_t socket_bytes_acknowledged(int socket) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return kUnknownBytes;
  if (length < offsetof(tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked)) {
    return kUnknownBytes;
  }
  return info.tcpi_bytes_acked;
}

}  // namespace apiforge::net
