// What an address or a network was read from, it must be written as, and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "model/network.hpp"
#include "model/url.hpp"

using namespace apiforge::model;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void check_address(std::string_view text) {
  const auto address = parse_ip_address(text);
  if (!address) return;
  demand(parse_ip_address(to_string(*address)) == address);
  demand(contains(Cidr{*address, 128}, *address));
  demand(!address_class_name(classify(*address)).empty());
}

void check_network(std::string_view text) {
  const auto network = parse_cidr(text);
  if (!network) return;
  const auto again = parse_cidr(to_string(*network));
  demand(again && *again == *network);
}

void check_url(std::string_view text) {
  const auto url = parse_upstream_url(text);
  if (!url) return;
  demand(!url->host.empty() && url->port != 0);
  demand(url->path_prefix.empty() || url->path_prefix.front() == '/');
  demand(url->path_prefix.empty() || url->path_prefix.back() != '/');
  const auto again = parse_upstream_url(to_string(*url));
  demand(again && *again == *url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_address(text);
  check_network(text);
  check_url(text);
  return 0;
}
