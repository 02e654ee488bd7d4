// Any target and body: signing never crashes, leaves exactly one signature, which covers the bytes
// before it, and shows the secret nowhere. Input: a byte that chooses method and content type, the
// target, a line break, the body.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/query.hpp"
#include "connectors/exchange/binance/binance_connector.hpp"
#include "connectors/exchange/binance/reply_body.hpp"
#include "connectors/exchange/binance/security_class.hpp"
#include "connectors/signature.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::connectors;

constexpr std::string_view kSecret = "fuzzed-secret-that-no-input-holds-by-chance";
constexpr std::array<std::string_view, 4> kMethods{"GET", "POST", "PUT", "DELETE"};
constexpr std::array<std::string_view, 3> kTypes{"", "application/x-www-form-urlencoded",
                                                 "application/json"};

void require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<const Connector> make_connector() {
  const model::Credential credential{
      "main", "hmac", {{"key", Secret("key")}, {"secret", Secret(std::string(kSecret))}}};
  return *make_binance_connector(model::Api{}, &credential);
}

int count_of(std::string_view form, std::string_view name) {
  int count = 0;
  for_each_pair(form, [&](const QueryPair& pair) { count += is_query_name(pair.name, name); });
  return count;
}

/// The signature stands last in `signed_part` and is that of what precedes it there, between what
/// stands `before` and `behind` that part.
void require_valid_signature(std::string_view before, std::string_view signed_part,
                             std::string_view behind) {
  static const HmacKey key = *HmacKey::make(HmacDigest::Sha256, kSecret);
  const auto at = signed_part.rfind("&signature=");
  require(at != std::string_view::npos);
  const auto expected = key.sign({before, signed_part.substr(0, at), behind});
  require(signed_part.substr(at + 11) == hex(expected->bytes()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto connector = make_connector();
  if (size == 0) return 0;
  const std::string_view method = kMethods[data[0] % kMethods.size()];
  const std::string_view content_type = kTypes[data[0] / kMethods.size() % kTypes.size()];
  const std::string input(reinterpret_cast<const char*>(data + 1), size - 1);
  if (input.find(kSecret) != std::string::npos) return 0;
  const auto line_break = input.find('\n');
  std::string target = input.substr(0, line_break);
  const std::string path(path_of(target));
  std::string body = line_break == std::string::npos ? "" : input.substr(line_break + 1);
  const std::string given_body = body;
  std::string fields;

  SigningRequest request{method, target, connector->needs_body(method, target) ? &body : nullptr,
                         fields, content_type};
  const auto done = connector->sign(request, WallTime(std::chrono::seconds(1'700'000'000)));
  require(path_of(target) == path);
  for (const std::string* text : {&target, &body, &fields}) {
    require(text->find(kSecret) == std::string::npos);
  }
  const std::string_view query = query_of(target);
  if (done && fields.empty()) require(count_of(query, "signature") == 0);
  if (done && binance::security_class(method, path) == binance::SecurityClass::Signed) {
    require(fields == "X-MBX-APIKEY: key\r\n");
    const bool in_body = body != given_body;
    if (in_body) require(count_of(query, "signature") == 0);
    const std::string_view signed_part = in_body ? std::string_view(body) : query;
    require(count_of(signed_part, "signature") == 1);
    require(count_of(signed_part, "timestamp") == 1);
    require(count_of(signed_part, "recvWindow") + (in_body ? count_of(query, "recvWindow") : 0) ==
            1);
    const bool is_body_sent = request.body != nullptr;
    require_valid_signature(in_body ? query : "", signed_part,
                            !in_body && is_body_sent ? body : "");
  }
  connector->judge(400, input);
  binance::parse_server_time(input);
  return 0;
}
