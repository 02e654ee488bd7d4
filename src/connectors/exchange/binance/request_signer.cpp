#include "connectors/exchange/binance/request_signer.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/query.hpp"
#include "base/text.hpp"
#include "connectors/credential.hpp"

namespace apiforge::connectors::binance {
namespace {

constexpr std::array<std::string_view, 4> kSigningNames{"timestamp", "signature", "X-MBX-APIKEY",
                                                        "recvWindow"};
constexpr std::span kSigningNamesButWindow = std::span(kSigningNames).first<3>();
constexpr std::array<std::string_view, 1> kWindowName{"recvWindow"};

/// Whether the body holds parameters. Without a Content-Type only JSON can be told apart by its
/// look.
bool has_form_body(const SigningRequest& request) {
  if (request.body == nullptr || request.body->empty()) return false;
  if (request.content_type.empty())
    return !request.body->starts_with('{') && !request.body->starts_with('[');
  const auto media_type = trim(request.content_type.substr(0, request.content_type.find(';')));
  return equals_ignoring_case(media_type, "application/x-www-form-urlencoded");
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The parameters of a request, which stand in its query, in its form body, or in both.
class Parameters {
 public:
  explicit Parameters(SigningRequest& request)
      : target_(request.target), form_(has_form_body(request) ? request.body : nullptr) {}

  bool are_ascii() const { return is_ascii(target_) && (form_ == nullptr || is_ascii(*form_)); }

  template <class Visit>
  void for_each(Visit visit) const {
    for_each_pair(query_of(target_), visit);
    if (form_ != nullptr) for_each_pair(*form_, visit);
  }

  void remove(std::span<const std::string_view> names) {
    remove_query_pairs(target_, names);
    if (form_ != nullptr) remove_pairs(*form_, names);
  }

  void append(std::string_view name, std::string_view value) {
    if (form_ != nullptr) {
      append_pair(*form_, name, value);
    } else {
      append_query_pair(target_, name, value);
    }
  }

 private:
  std::string& target_;
  std::string* form_;
};

/// A number of milliseconds above 0 and up to 60000 with at most three decimals.
bool is_valid_window(std::string_view text) {
  constexpr std::uint64_t kMaxWindow = 60'000;
  const auto point = text.find('.');
  const auto whole = parse_unsigned(text.substr(0, point));
  if (!whole || *whole > kMaxWindow) return false;
  if (point == std::string_view::npos) return *whole > 0;
  const std::string_view decimals = text.substr(point + 1);
  const auto fraction = parse_unsigned(decimals);
  if (!fraction || decimals.size() > 3) return false;
  return *whole == kMaxWindow ? *fraction == 0 : *whole + *fraction > 0;
}

bool has_one_valid_window(const Parameters& parameters) {
  int valid = 0;
  int all = 0;
  parameters.for_each([&](const QueryPair& pair) {
    if (!is_query_name(pair.name, "recvWindow")) return;
    ++all;
    if (is_valid_window(pair.value)) ++valid;
  });
  return all == 1 && valid == 1;
}

bool is_signed_by_caller(const Parameters& parameters) {
  bool found = false;
  parameters.for_each([&](const QueryPair& pair) {
    found = found || is_query_name(pair.name, "signature") || is_query_name(pair.name, "timestamp");
  });
  return found;
}

}  // namespace

RequestSigner::RequestSigner(Key key, std::string_view api_key, RequestSignerSettings settings)
    : key_(std::move(key)), receive_window_(std::to_string(settings.receive_window.count())) {
  std::string line("X-MBX-APIKEY: ");
  line.reserve(line.size() + api_key.size() + 2);
  key_line_ = Secret(std::move(line.append(api_key).append("\r\n")));
}

Result<RequestSigner> RequestSigner::make(const model::Credential& credential,
                                          RequestSignerSettings settings) {
  const bool is_hmac = credential.kind == "hmac";
  if (!is_hmac && credential.kind != "ed25519") {
    return unusable_kind(credential, "binance", "hmac or ed25519");
  }
  const auto api_key = header_safe_field(credential, "key");
  if (!api_key) return std::unexpected(api_key.error());
  if (is_hmac) {
    const auto secret = header_safe_field(credential, "secret");
    if (!secret) return std::unexpected(secret.error());
    auto key = HmacKey::make(HmacDigest::Sha256, *secret);
    if (!key) return std::unexpected(std::move(key.error()));
    return RequestSigner(*std::move(key), *api_key, settings);
  }
  const auto pem = required_field(credential, "private_key");
  if (!pem) return std::unexpected(pem.error());
  auto key = Ed25519Key::from_pem(*pem);
  if (!key) {
    return fail(ErrorCode::InvalidConfiguration,
                "credential '" + credential.name + "': field 'private_key': " + key.error().detail);
  }
  return RequestSigner(*std::move(key), *api_key, settings);
}

Result<void> RequestSigner::prepare(SigningRequest& request, SecurityClass needed,
                                    WallTime timestamp) const {
  Parameters parameters(request);
  if (needed == SecurityClass::KeyOnly && is_signed_by_caller(parameters)) {
    needed = SecurityClass::Signed;
  }
  if (needed != SecurityClass::Signed) {
    parameters.remove(kSigningNames);
    if (needed == SecurityClass::KeyOnly) request.fields += key_line_.reveal();
    return {};
  }

  if (!parameters.are_ascii()) {
    return fail(ErrorCode::MalformedRequest,
                "parameters of a signed request must be percent-encoded: a byte beyond ASCII was "
                "found");
  }
  parameters.remove(kSigningNamesButWindow);
  if (!has_one_valid_window(parameters)) {
    parameters.remove(kWindowName);
    parameters.append("recvWindow", receive_window_);
  }
  parameters.append("timestamp", std::to_string(unix_milliseconds(timestamp)));
  const std::string_view body = request.body == nullptr ? std::string_view() : *request.body;
  const auto signature = signature_text(query_of(request.target), body);
  if (!signature) return std::unexpected(signature.error());
  parameters.append("signature", *signature);
  request.fields += key_line_.reveal();
  return {};
}

Result<std::string> RequestSigner::signature_text(std::string_view query,
                                                  std::string_view body) const {
  // Query and body are signed as one text without a separator.
  const auto signature = std::visit([&](const auto& key) { return key.sign({query, body}); }, key_);
  if (!signature) return std::unexpected(signature.error());
  if (std::holds_alternative<HmacKey>(key_)) return hex(signature->bytes());
  return percent_encode(base64(signature->bytes()));
}

}  // namespace apiforge::connectors::binance
