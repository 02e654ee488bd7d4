// KeptReply: one reply in the cache. Immutable once it is kept, and therefore shared by all workers
// that have it.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/whole_reply.hpp"
#include "net/head.hpp"
#include "policy/http_cache.hpp"

namespace apiforge::gateway::cache {

/// One request field that the reply depends on, as the request had it that the reply answered.
struct SelectingField {
  std::string name;
  std::string value;  ///< elements of all lines, joined with `,`
  bool present = false;
};

struct KeptReply {
  /// As the upstream sent it, before `reshape`; without Age, Set-Cookie, framing, connection and
  /// X-Request-ID fields.
  WholeReply reply;
  policy::Freshness freshness;
  policy::Validators validators;
  std::vector<SelectingField> selecting;  ///< what `Vary` names

  /// Memory that it takes, overhead included.
  std::size_t bytes() const;
};

using KeptPtr = std::shared_ptr<const KeptReply>;

/// The request fields of that name as one value, spelled so that equal meanings are equal texts:
/// elements without white space around them, joined with `,`.
SelectingField selecting_field(std::string_view name, std::span<const net::Field> request);

/// Whether `reply` may answer a request with these fields (RFC 9111 4.1). Allocates nothing.
bool is_selected(const KeptReply& reply, std::span<const net::Field> request);

/// Appends what tells requests apart to which `reply` was given from others of the same key.
void append_selecting_values(const KeptReply& reply, std::span<const net::Field> request,
                             std::string& out);

}  // namespace apiforge::gateway::cache
