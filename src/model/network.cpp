#include "model/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace apiforge::model {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr Bytes kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::uint8_t kMappedBits = 96;

constexpr Bytes ipv4_bytes(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  Bytes bytes = kMappedPrefix;
  bytes[12] = a;
  bytes[13] = b;
  bytes[14] = c;
  bytes[15] = d;
  return bytes;
}

struct ClassifiedNetwork {
  Cidr network;
  AddressClass address_class;
};

constexpr ClassifiedNetwork ipv4(std::array<std::uint8_t, 4> part, int bits, AddressClass kind) {
  const auto prefix = static_cast<std::uint8_t>(kMappedBits + bits);
  return {{{ipv4_bytes(part[0], part[1], part[2], part[3])}, prefix}, kind};
}

constexpr ClassifiedNetwork ipv6(std::array<std::uint16_t, 8> group, int bits, AddressClass kind) {
  Bytes bytes{};
  for (std::size_t i = 0; i < group.size(); ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(group[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(group[i] & 0xff);
  }
  return {{{bytes}, static_cast<std::uint8_t>(bits)}, kind};
}

// The first match decides: single metadata addresses stand before the networks around them.
constexpr ClassifiedNetwork kSpecialNetworks[] = {
    ipv4({169, 254, 169, 254}, 32, AddressClass::Metadata),  // AWS, Azure, Google, and most others
    ipv4({169, 254, 170, 2}, 32, AddressClass::Metadata),    // AWS ECS task credentials
    ipv4({169, 254, 170, 23}, 32, AddressClass::Metadata),   // AWS EKS pod identity
    ipv4({100, 100, 100, 200}, 32, AddressClass::Metadata),  // Alibaba Cloud
    ipv4({168, 63, 129, 16}, 32, AddressClass::Metadata),    // Azure wire server
    ipv4({192, 0, 0, 192}, 32, AddressClass::Metadata),      // Oracle Cloud
    ipv6({0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254}, 128, AddressClass::Metadata),  // AWS
    ipv6({0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0023}, 128, AddressClass::Metadata),  // AWS EKS
    ipv6({0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254}, 128, AddressClass::Metadata),  // Google

    ipv4({0, 0, 0, 0}, 8, AddressClass::Unspecified),
    ipv4({10, 0, 0, 0}, 8, AddressClass::Private),
    ipv4({100, 64, 0, 0}, 10, AddressClass::Shared),
    ipv4({127, 0, 0, 0}, 8, AddressClass::Loopback),
    ipv4({169, 254, 0, 0}, 16, AddressClass::LinkLocal),
    ipv4({172, 16, 0, 0}, 12, AddressClass::Private),
    ipv4({192, 0, 0, 0}, 24, AddressClass::Reserved),
    ipv4({192, 0, 2, 0}, 24, AddressClass::Reserved),
    ipv4({192, 88, 99, 0}, 24, AddressClass::Reserved),
    ipv4({192, 168, 0, 0}, 16, AddressClass::Private),
    ipv4({198, 18, 0, 0}, 15, AddressClass::Reserved),
    ipv4({198, 51, 100, 0}, 24, AddressClass::Reserved),
    ipv4({203, 0, 113, 0}, 24, AddressClass::Reserved),
    ipv4({224, 0, 0, 0}, 4, AddressClass::Multicast),
    ipv4({240, 0, 0, 0}, 4, AddressClass::Reserved),

    ipv6({0, 0, 0, 0, 0, 0, 0, 0}, 128, AddressClass::Unspecified),
    ipv6({0, 0, 0, 0, 0, 0, 0, 1}, 128, AddressClass::Loopback),
    ipv6({0x0064, 0xff9b, 1, 0, 0, 0, 0, 0}, 48, AddressClass::Private),
    ipv6({0x0100, 0, 0, 0, 0, 0, 0, 0}, 64, AddressClass::Reserved),
    ipv6({0x2001, 0, 0, 0, 0, 0, 0, 0}, 23, AddressClass::Reserved),
    ipv6({0x2001, 0x0db8, 0, 0, 0, 0, 0, 0}, 32, AddressClass::Reserved),
    ipv6({0x3fff, 0, 0, 0, 0, 0, 0, 0}, 20, AddressClass::Reserved),
    ipv6({0x5f00, 0, 0, 0, 0, 0, 0, 0}, 16, AddressClass::Reserved),
    ipv6({0xfc00, 0, 0, 0, 0, 0, 0, 0}, 7, AddressClass::Private),
    ipv6({0xfe80, 0, 0, 0, 0, 0, 0, 0}, 10, AddressClass::LinkLocal),
    ipv6({0xfec0, 0, 0, 0, 0, 0, 0, 0}, 10, AddressClass::Private),
    ipv6({0xff00, 0, 0, 0, 0, 0, 0, 0}, 8, AddressClass::Multicast),
};

bool starts_with(const IpAddress& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

IpAddress ipv4_at(const IpAddress& address, std::size_t offset) {
  const auto& from = address.bytes;
  return {ipv4_bytes(from[offset], from[offset + 1], from[offset + 2], from[offset + 3])};
}

/// The IPv4 address to which a translator or tunnel would send packets for this IPv6 address.
std::optional<IpAddress> embedded_ipv4(const IpAddress& address) {
  if (starts_with(address, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return ipv4_at(address, 12);  // NAT64, RFC 6052
  }
  if (starts_with(address, {0x20, 0x02})) return ipv4_at(address, 2);  // 6to4, RFC 3056
  const bool compatible = starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  // `::` and `::1` have classes of their own.
  const bool own_class = address.bytes[12] == 0 && address.bytes[13] == 0 &&
                         address.bytes[14] == 0 && address.bytes[15] <= 1;
  if (compatible && !own_class) return ipv4_at(address, 12);  // RFC 4291 2.5.5.1
  return std::nullopt;
}

bool equal_prefix(const Bytes& a, const Bytes& b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
    return false;
  }
  const std::size_t rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (a[whole] & mask) == (b[whole] & mask);
}

IpAddress masked(const IpAddress& address, std::size_t bits) {
  IpAddress result = address;
  for (std::size_t i = 0; i < result.bytes.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(bits, i * 8, i * 8 + 8) - i * 8;
    result.bytes[i] &= static_cast<std::uint8_t>(0xff << (8 - kept));
  }
  return result;
}

}  // namespace

bool is_ipv4(const IpAddress& address) {
  return equal_prefix(address.bytes, kMappedPrefix, kMappedBits);
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  text.copy(terminated.data(), text.size());
  Bytes bytes{};
  if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return IpAddress{bytes};
  bytes = kMappedPrefix;
  if (inet_pton(AF_INET, terminated.data(), bytes.data() + 12) == 1) return IpAddress{bytes};
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_ipv4(address);
  inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text.data(),
            text.size());
  return text.data();
}

Result<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = parse_ip_address(address_text);
  if (!address) {
    return fail(ErrorCode::InvalidValue,
                "expected an address or a network such as 10.0.0.0/8 or fc00::/7");
  }
  if (slash == std::string_view::npos) return Cidr{*address, 128};

  // What counts is the spelling: the prefix of `::ffff:10.0.0.0/104` is one of 128 bits.
  const bool written_as_ipv4 = address_text.find(':') == std::string_view::npos;
  const std::uint64_t most = written_as_ipv4 ? 32 : 128;
  const auto bits_text = text.substr(slash + 1);
  const auto bits = bits_text.size() <= 3 ? parse_unsigned(bits_text) : std::nullopt;
  if (!bits || *bits > most) {
    return fail(ErrorCode::InvalidValue,
                "the prefix length must be from 0 to " + std::to_string(most));
  }
  const auto prefix = static_cast<std::uint8_t>(*bits + (written_as_ipv4 ? kMappedBits : 0));
  const Cidr network{masked(*address, prefix), prefix};
  if (network.address != *address) {
    return fail(ErrorCode::InvalidValue,
                "address bits beyond the prefix are set; the network is " + to_string(network));
  }
  return network;
}

std::string to_string(const Cidr& network) {
  const bool v4 = is_ipv4(network.address) && network.prefix_bits >= kMappedBits;
  const int bits = network.prefix_bits - (v4 ? kMappedBits : 0);
  return to_string(network.address) + "/" + std::to_string(bits);
}

bool contains(const Cidr& network, const IpAddress& address) {
  if (network.prefix_bits < kMappedBits && is_ipv4(address)) return false;
  return equal_prefix(network.address.bytes, address.bytes, network.prefix_bits);
}

AddressClass classify(const IpAddress& address) {
  if (const auto inner = embedded_ipv4(address)) return classify(*inner);
  for (const auto& special : kSpecialNetworks) {
    if (contains(special.network, address)) return special.address_class;
  }
  return AddressClass::Public;
}

std::string_view address_class_name(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::Public:
      return "public";
    case AddressClass::Unspecified:
      return "unspecified";
    case AddressClass::Loopback:
      return "loopback";
    case AddressClass::Private:
      return "private";
    case AddressClass::Shared:
      return "shared (carrier-grade NAT)";
    case AddressClass::LinkLocal:
      return "link-local";
    case AddressClass::Metadata:
      return "cloud metadata";
    case AddressClass::Multicast:
      return "multicast";
    case AddressClass::Reserved:
      return "reserved";
  }
  return "public";
}

}  // namespace apiforge::model
