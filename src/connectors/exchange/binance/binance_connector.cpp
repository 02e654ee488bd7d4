#include "connectors/exchange/binance/binance_connector.hpp"

#include <array>

#include "base/query.hpp"
#include "connectors/exchange/binance/reply_body.hpp"
#include "connectors/exchange/binance/request_signer.hpp"
#include "connectors/exchange/binance/security_class.hpp"
#include "connectors/exchange/binance/usage_gauges.hpp"
#include "connectors/server_clock.hpp"

namespace apiforge::connectors {
namespace {

using namespace binance;

constexpr std::array<std::string_view, 3> kStrippedFields{"x-mbx-apikey", "authorization",
                                                          "x-api-key"};

bool may_have_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "DELETE" || method == "PATCH";
}

/// With a credential.
class BinanceConnector final : public Connector {
 public:
  explicit BinanceConnector(RequestSigner signer) : signer_(std::move(signer)) {}

  std::span<const std::string_view> stripped_fields() const override { return kStrippedFields; }

  bool needs_body(std::string_view method, std::string_view target) const override {
    return may_have_body(method) &&
           security_class(method, path_of(target)) != SecurityClass::Public;
  }

  Result<void> sign(SigningRequest& request, WallTime now) const override {
    const SecurityClass needed = security_class(request.method, path_of(request.target));
    return signer_.prepare(request, needed, clock_.correct(now));
  }

  void observe_reply(const net::ResponseHead& reply) const override {
    gauges_.observe(reply.fields);
  }

  bool wants_error_body(int status) const override { return status == 400; }

  ReplyVerdict judge(int status, std::string_view body) const override {
    if (!wants_error_body(status) || parse_error_code(body) != kInvalidTimestamp) {
      return ReplyVerdict::Pass;
    }
    clock_.mark_stale();
    return ReplyVerdict::SyncClockAndRetry;
  }

  std::optional<ClockQuery> clock_query_due(std::string_view target,
                                            MonotonicTime now) const override {
    // The method is not known here: what is public to read needs no timestamp.
    const std::string_view path = path_of(target);
    if (security_class("GET", path) != SecurityClass::Signed) return std::nullopt;
    if (!clock_.claim_query(now)) return std::nullopt;
    return ClockQuery{time_target(path)};
  }

  void learn_clock(std::string_view body, WallTime sent, WallTime received,
                   MonotonicTime now) const override {
    if (const auto server = parse_server_time(body)) clock_.learn(*server, sent, received, now);
  }

  std::vector<UsageReading> usage() const override { return gauges_.readings(); }

 private:
  const RequestSigner signer_;
  const ServerClock clock_;
  const UsageGauges gauges_;
};

/// Without one: callers bring their own credential or read public data.
class UnsignedBinanceConnector final : public Connector {
 public:
  std::span<const std::string_view> stripped_fields() const override { return {}; }
  Result<void> sign(SigningRequest&, WallTime) const override { return {}; }
  void observe_reply(const net::ResponseHead& reply) const override {
    gauges_.observe(reply.fields);
  }
  std::vector<UsageReading> usage() const override { return gauges_.readings(); }

 private:
  const UsageGauges gauges_;
};

}  // namespace

Result<std::shared_ptr<const Connector>> make_binance_connector(
    const model::Api&, const model::Credential* credential) {
  if (credential == nullptr) return std::make_shared<const UnsignedBinanceConnector>();
  auto signer = RequestSigner::make(*credential);
  if (!signer) return std::unexpected(std::move(signer.error()));
  return std::make_shared<const BinanceConnector>(*std::move(signer));
}

}  // namespace apiforge::connectors
