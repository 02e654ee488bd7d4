#include "gateway/field_filter.hpp"

#include "auth/credential_text.hpp"
#include "base/text.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway {
namespace {

using net::Field;
using net::FieldId;

// What `Connection` names beyond the words that mean something to this hop alone.
class NamedByConnection {
 public:
  explicit NamedByConnection(std::span<const Field> fields) : fields_(fields) {
    for (const Field& field : fields) {
      if (field.id != FieldId::Connection) continue;
      for_each_element(field.value, [this](std::string_view name) {
        any_ = any_ ||
               !(equals_ignoring_case(name, "close") || equals_ignoring_case(name, "keep-alive") ||
                 equals_ignoring_case(name, "upgrade"));
      });
    }
  }

  bool contains(std::string_view name) const {
    if (!any_) return false;
    bool found = false;
    for (const Field& field : fields_) {
      if (field.id != FieldId::Connection) continue;
      for_each_element(field.value, [&](std::string_view element) {
        found = found || equals_ignoring_case(element, name);
      });
    }
    return found;
  }

 private:
  std::span<const Field> fields_;
  bool any_ = false;
};

bool written_by_gateway(FieldId id) {
  switch (id) {
    case FieldId::ContentLength:
    case FieldId::Expect:
    case FieldId::Forwarded:
    case FieldId::Host:
    case FieldId::XApiKey:
    case FieldId::XForwardedFor:
    case FieldId::XForwardedHost:
    case FieldId::XForwardedPort:
    case FieldId::XForwardedProto:
    case FieldId::XRealIp:
    case FieldId::XRequestId:
      return true;
    default:
      return false;
  }
}

// Fields of the gateway's own that no caller may forge, and what is said to the gateway alone.
bool is_internal(std::string_view name) {
  if (equals_ignoring_case(name, "x-priority")) return true;
  return name.size() >= 11 && equals_ignoring_case(name.substr(0, 11), "x-apiforge-");
}

bool is_stripped(std::string_view name, std::span<const std::string_view> stripped) {
  for (const std::string_view candidate : stripped) {
    if (equals_ignoring_case(name, candidate)) return true;
  }
  return false;
}

}  // namespace

void select_request_fields(const net::RequestHead& request,
                           std::span<const std::string_view> stripped, bool authorization_is_ours,
                           std::vector<net::Field>& out) {
  const NamedByConnection named(request.fields);
  for (const Field& field : request.fields) {
    if (net::is_hop_by_hop(field.id) || written_by_gateway(field.id)) continue;
    if (authorization_is_ours && field.id == FieldId::Authorization) continue;
    if (auth::has_own_prefix(field.value)) continue;
    if (field.id == FieldId::Other && is_internal(field.name)) continue;
    if (named.contains(field.name) || is_stripped(field.name, stripped)) continue;
    out.push_back(field);
  }
}

void select_reply_fields(const net::ResponseHead& reply, bool keep_length,
                         std::vector<net::Field>& out) {
  const NamedByConnection named(reply.fields);
  for (const Field& field : reply.fields) {
    if (net::is_hop_by_hop(field.id) || field.id == FieldId::XRequestId) continue;
    if (field.id == FieldId::ContentLength && !keep_length) continue;
    if (named.contains(field.name)) continue;
    out.push_back(field);
  }
}

}  // namespace apiforge::gateway
