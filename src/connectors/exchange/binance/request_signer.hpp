// Puts a Binance credential on a request: takes off what the caller sent as such, appends timestamp
// and signature, and sets the key field. Nothing else of the caller's parameters is touched,
// neither their order nor their encoding, because the signature covers the exact bytes that go out.
// Immutable; owned by one connector, used by all workers.
// https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security
#pragma once
#include <chrono>
#include <string>
#include <variant>

#include "base/secret.hpp"
#include "connectors/connector.hpp"
#include "connectors/exchange/binance/security_class.hpp"
#include "connectors/signature.hpp"

namespace apiforge::connectors::binance {

struct RequestSignerSettings {
  /// How long a request stays valid when its caller does not say so, at most 60 s.
  std::chrono::milliseconds receive_window{5'000};
};

class RequestSigner {
 public:
  /// From a credential of kind `hmac {key, secret}` (HMAC-SHA256) or `ed25519 {key, private_key}`
  /// (PKCS#8 PEM). Fails with InvalidConfiguration, naming the field at fault.
  static Result<RequestSigner> make(const model::Credential& credential,
                                    RequestSignerSettings settings = {});

  /// Prepares a request as its class wants it. `timestamp` is the provider's time.
  ///
  /// `timestamp`, `signature` and `X-MBX-APIKEY` of the caller are removed from the query and from
  /// a form body; a request that needs no signature loses `recvWindow` as well. A signed one keeps
  /// a `recvWindow` of up to 60000 ms (three decimals) and gets the default in place of another.
  /// The new parameters go where the caller's are: into a form body if there is one, else the
  /// query. A KeyOnly request whose caller signed it is signed.
  ///
  /// Fails with MalformedRequest when a parameter is not percent-encoded ASCII, since Binance would
  /// sign other bytes than those sent; with SigningFailed when OpenSSL fails.
  Result<void> prepare(SigningRequest& request, SecurityClass needed, WallTime timestamp) const;

 private:
  using Key = std::variant<HmacKey, Ed25519Key>;
  RequestSigner(Key key, std::string_view api_key, RequestSignerSettings settings);

  Result<std::string> signature_text(std::string_view query, std::string_view body) const;

  Key key_;
  Secret key_line_;  ///< `X-MBX-APIKEY: <key>\r\n`
  std::string receive_window_;
};

}  // namespace apiforge::connectors::binance
