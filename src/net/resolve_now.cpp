#include "net/resolve_now.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>

namespace apiforge::net {
namespace {

std::string address_text(const addrinfo& info) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = info.ai_family == AF_INET6
                            ? static_cast<const void*>(
                                  &reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr)
                            : &reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr;
  const char* written = inet_ntop(info.ai_family, address, text.data(), text.size());
  return written == nullptr ? std::string() : std::string(written);
}

}  // namespace

std::vector<std::string> resolve_now(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &first) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(first, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* info = first; info != nullptr; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    if (auto text = address_text(*info); !text.empty()) addresses.push_back(std::move(text));
  }
  return addresses;
}

}  // namespace apiforge::net
