#include "net/field_names.hpp"

#include <array>
#include <boost/beast/http/field.hpp>

#include "base/text.hpp"
#include "net/detail/flat_parser.hpp"

namespace apiforge::net {
namespace {

namespace http = boost::beast::http;

struct Name {
  std::string_view text;
  FieldId id;
};

// Names that Beast does not know; all begin with "X-".
constexpr std::array<Name, 8> kExtensions{{
    {"x-api-key", FieldId::XApiKey},
    {"x-api-version", FieldId::XApiVersion},
    {"x-forwarded-for", FieldId::XForwardedFor},
    {"x-forwarded-host", FieldId::XForwardedHost},
    {"x-forwarded-port", FieldId::XForwardedPort},
    {"x-forwarded-proto", FieldId::XForwardedProto},
    {"x-real-ip", FieldId::XRealIp},
    {"x-request-id", FieldId::XRequestId},
}};

constexpr std::array<FieldId, 512> make_known() {
  std::array<FieldId, 512> table{};
  const auto set = [&table](http::field field, FieldId id) {
    table[static_cast<std::size_t>(field)] = id;
  };
  set(http::field::accept, FieldId::Accept);
  set(http::field::accept_encoding, FieldId::AcceptEncoding);
  set(http::field::authorization, FieldId::Authorization);
  set(http::field::connection, FieldId::Connection);
  set(http::field::content_length, FieldId::ContentLength);
  set(http::field::content_type, FieldId::ContentType);
  set(http::field::cookie, FieldId::Cookie);
  set(http::field::date, FieldId::Date);
  set(http::field::expect, FieldId::Expect);
  set(http::field::forwarded, FieldId::Forwarded);
  set(http::field::host, FieldId::Host);
  set(http::field::keep_alive, FieldId::KeepAlive);
  set(http::field::proxy_authenticate, FieldId::ProxyAuthenticate);
  set(http::field::proxy_authorization, FieldId::ProxyAuthorization);
  set(http::field::proxy_connection, FieldId::ProxyConnection);
  set(http::field::retry_after, FieldId::RetryAfter);
  set(http::field::server, FieldId::Server);
  set(http::field::te, FieldId::Te);
  set(http::field::trailer, FieldId::Trailer);
  set(http::field::transfer_encoding, FieldId::TransferEncoding);
  set(http::field::upgrade, FieldId::Upgrade);
  set(http::field::user_agent, FieldId::UserAgent);
  set(http::field::via, FieldId::Via);
  return table;
}

constexpr std::array<FieldId, 512> kKnown = make_known();

}  // namespace

FieldId detail::to_field_id(http::field field, std::string_view name) {
  if (field != http::field::unknown) {
    const auto index = static_cast<std::size_t>(field);
    return index < kKnown.size() ? kKnown[index] : FieldId::Other;
  }
  if (name.size() < 9 || to_lower(name[0]) != 'x' || name[1] != '-') return FieldId::Other;
  for (const Name& extension : kExtensions) {
    if (equals_ignoring_case(name, extension.text)) return extension.id;
  }
  return FieldId::Other;
}

FieldId field_id(std::string_view name) {
  return detail::to_field_id(http::string_to_field({name.data(), name.size()}), name);
}

}  // namespace apiforge::net
