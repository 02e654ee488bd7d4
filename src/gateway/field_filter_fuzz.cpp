// Any head: no field that ends at this hop, is the gateway's or a connector's own, or is named by
// `Connection` passes; what passes was there, in its order; and filtering again changes nothing.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hpp"
#include "gateway/field_filter.hpp"
#include "net/field_names.hpp"

namespace {

using namespace apiforge;
using net::Field;
using net::FieldId;

constexpr std::array<std::string_view, 2> kStripped{"x-mbx-apikey", "authorization"};

void require(bool holds) {
  if (!holds) std::abort();
}

// Lines `name:value`, taken as they are: the filter must not rely on a parser before it.
std::vector<Field> fields_of(std::string_view text) {
  std::vector<Field> fields;
  while (!text.empty() && fields.size() < 64) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && colon > 0) {
      const std::string_view name = line.substr(0, colon);
      fields.push_back({name, trim(line.substr(colon + 1)), net::field_id(name)});
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return fields;
}

// `close` is a word of its own there and no field has that name.
bool named_by_connection(std::span<const Field> fields, std::string_view name) {
  bool named = false;
  if (equals_ignoring_case(name, "close")) return false;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, "connection")) continue;
    for_each_element(field.value, [&](std::string_view element) {
      named = named || equals_ignoring_case(element, name);
    });
  }
  return named;
}

void require_subsequence(std::span<const Field> part, std::span<const Field> whole) {
  std::size_t at = 0;
  for (const Field& field : part) {
    while (at < whole.size() && whole[at].name.data() != field.name.data()) ++at;
    require(at < whole.size() && whole[at].value == field.value);
  }
}

void check_requests(std::span<const Field> fields) {
  net::RequestHead head;
  head.fields = fields;
  std::vector<Field> passed;
  gateway::select_request_fields(head, kStripped, false, passed);
  require_subsequence(passed, fields);
  for (const Field& field : passed) {
    const std::string name = lower_case(field.name);
    require(!net::is_hop_by_hop(net::field_id(name)));
    for (const std::string_view own :
         {"host", "content-length", "x-api-key", "x-request-id", "x-forwarded-for",
          "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "x-mbx-apikey",
          "authorization", "connection", "transfer-encoding", "te", "upgrade"}) {
      require(name != own);
    }
    require(!name.starts_with("x-apiforge-"));
    require(!named_by_connection(fields, name));
  }
  head.fields = passed;
  std::vector<Field> again;
  gateway::select_request_fields(head, kStripped, false, again);
  require(again.size() == passed.size());
}

void check_replies(std::span<const Field> fields, bool keep_length) {
  net::ResponseHead head;
  head.fields = fields;
  std::vector<Field> passed;
  gateway::select_reply_fields(head, keep_length, passed);
  require_subsequence(passed, fields);
  for (const Field& field : passed) {
    require(!net::is_hop_by_hop(field.id) && field.id != FieldId::XRequestId);
    require(keep_length || field.id != FieldId::ContentLength);
    require(!named_by_connection(fields, field.name));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Field> fields = fields_of({reinterpret_cast<const char*>(data), size});
  check_requests(fields);
  check_replies(fields, false);
  check_replies(fields, true);
  return 0;
}
