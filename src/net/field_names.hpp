// Which fields the gateway knows, and which concern one hop only. Pure; any thread.
#pragma once
#include "net/head.hpp"

namespace apiforge::net {

/// The id of a field name in any case; Other when it has none. `name` is a token (RFC 9110 5.6.2).
FieldId field_id(std::string_view name);

/// Fields that end at this hop (RFC 9110 7.6.1), whatever `Connection` says.
constexpr bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::Connection:
    case FieldId::KeepAlive:
    case FieldId::ProxyConnection:
    case FieldId::ProxyAuthenticate:
    case FieldId::ProxyAuthorization:
    case FieldId::Te:
    case FieldId::Trailer:
    case FieldId::TransferEncoding:
    case FieldId::Upgrade:
      return true;
    default:
      return false;
  }
}

}  // namespace apiforge::net
