// Network addresses as values: IPv4 and IPv6 in one 16-byte form, CIDR networks, and what kind of
// network an address belongs to. The wall against calls into private networks (SSRF), trusted
// proxies and allowed networks are decided with these. No sockets. Pure; any thread.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::model {

/// An IPv4 or IPv6 address in network byte order. IPv4 is held as `::ffff:a.b.c.d` (RFC 4291
/// 2.5.5.2), so that an IPv4 address and its IPv6-mapped spelling are the same value.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

bool is_ipv4(const IpAddress& address);

/// Reads `a.b.c.d` (four decimal parts, no leading zeros) or an IPv6 address (RFC 4291 2.2) without
/// brackets or zone. Forms such as `0x7f.1` and `2130706433` are no addresses here: nullopt.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// The canonical spelling; IPv4, mapped or not, as `a.b.c.d`.
std::string to_string(const IpAddress& address);

/// A network: the addresses that agree with `address` in its first `prefix_bits` bits. The bits are
/// those of the 16-byte form: `10.0.0.0/8` has 104.
struct Cidr {
  IpAddress address;
  std::uint8_t prefix_bits = 128;

  friend bool operator==(const Cidr&, const Cidr&) = default;
};

/// Reads `10.0.0.0/8`, `fc00::/7`, or a single address. Fails with InvalidValue, also when address
/// bits beyond the prefix are set (`10.1.0.0/8`), which is nearly always a slip.
Result<Cidr> parse_cidr(std::string_view text);
std::string to_string(const Cidr& network);

/// An IPv6 network never contains an IPv4 address: `::/0` is all of IPv6 only.
bool contains(const Cidr& network, const IpAddress& address);

/// The kind of network that an address belongs to (IANA special-purpose registries).
enum class AddressClass : std::uint8_t {
  Public,
  Unspecified,  ///< `0.0.0.0/8`, `::`; reaches this machine
  Loopback,     ///< `127.0.0.0/8`, `::1`
  Private,      ///< RFC 1918, `fc00::/7`, `fec0::/10`, `64:ff9b:1::/48`
  Shared,       ///< carrier-grade NAT, `100.64.0.0/10`
  LinkLocal,    ///< `169.254.0.0/16`, `fe80::/10`
  Metadata,     ///< where cloud providers hand credentials to their machines
  Multicast,
  Reserved,  ///< documentation, benchmarking, protocol assignments, broadcast, future use
};

/// An IPv6 address that embeds an IPv4 one (NAT64 `64:ff9b::/96`, 6to4 `2002::/16`, compatible
/// `::a.b.c.d`) is of the class of that one, since that is where its packets may end.
AddressClass classify(const IpAddress& address);

/// For messages: `loopback`, `link-local`...
std::string_view address_class_name(AddressClass address_class);

}  // namespace apiforge::model
