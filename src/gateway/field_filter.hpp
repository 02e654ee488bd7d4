// Which fields pass the gateway, in both directions. Pure; any thread.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "net/head.hpp"

namespace apiforge::gateway {

/// Appends the fields of a request that go to the upstream. Left out are: hop-by-hop fields and
/// those named by `Connection` (RFC 9110 7.6.1); what the gateway writes itself (Host, framing,
/// X-Request-ID, X-Forwarded-*, Forwarded); X-API-Key, which is for the gateway, as Authorization
/// is when `authorization_is_ours`; any field whose value begins with a secret of ours, whatever
/// its name; and `stripped`, the connector's own (lower-case names).
void select_request_fields(const net::RequestHead& request,
                           std::span<const std::string_view> stripped, bool authorization_is_ours,
                           std::vector<net::Field>& out);

/// Makes the upstream answer so that the gateway can read it: whole and without a coding (RFC 9110
/// 12.5.3, 14.2). `Field` is made of a name and a value, which are views.
template <class Field>
void ask_for_plain_reply(std::vector<Field>& fields) {
  std::erase_if(fields, [](const Field& field) {
    return equals_ignoring_case(field.name, "accept-encoding") ||
           equals_ignoring_case(field.name, "range") ||
           equals_ignoring_case(field.name, "if-range");
  });
  fields.push_back({"Accept-Encoding", "identity"});
}

/// Appends the fields of a reply that go to the caller. `keep_length`: a reply to HEAD or a 304,
/// whose Content-Length describes a body that is not sent.
void select_reply_fields(const net::ResponseHead& reply, bool keep_length,
                         std::vector<net::Field>& out);

}  // namespace apiforge::gateway
