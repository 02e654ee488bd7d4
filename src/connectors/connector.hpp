// Connector: what knows a provider. It puts a credential on an outgoing request, reads the
// provider's hints from replies, and knows which errors mean "your clock is off". No I/O. One
// instance belongs to one Api and is shared by all workers: everything is const or atomic.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/api.hpp"
#include "net/head.hpp"

namespace apiforge::connectors {

/// The outgoing request, as far as a connector may read and change it.
struct SigningRequest {
  std::string_view method;  ///< upper case
  std::string& target;      ///< path and query, exactly as it goes out; the connector may change it
  std::string* body;        ///< the whole body when `needs_body` said so, else null
  std::string& fields;      ///< header lines `Name: value\r\n` are appended here
  std::string_view content_type = {};  ///< value of the caller's Content-Type; empty when unknown
};

/// What to do with a reply whose error body the connector has read.
enum class ReplyVerdict : std::uint8_t {
  Pass,              ///< hand it to the caller
  SyncClockAndRetry  ///< refused before execution for its timestamp: sync, sign, send once more
};

/// How to ask the provider for its time.
struct ClockQuery {
  std::string_view target;  ///< for example `/api/v3/time`
};

/// A number that the provider reports about the use of its limits, for the metrics.
struct UsageReading {
  std::string gauge;   ///< for example `used_weight`
  std::string window;  ///< for example `1m`
  std::int64_t value;
};

class Connector {
 public:
  virtual ~Connector() = default;

  /// Lower-case names of fields that are never passed on from the caller (its own credentials).
  virtual std::span<const std::string_view> stripped_fields() const = 0;
  /// Whether `sign` must see the body of such a request. It is then collected within the Api's
  /// bound.
  virtual bool needs_body(std::string_view method, std::string_view target) const {
    (void)method, (void)target;
    return false;
  }
  /// Puts the credential on the request. Called for each attempt, after all waiting, so that the
  /// timestamp is that of the sending. Fails with SigningFailed; the detail never holds a secret.
  virtual Result<void> sign(SigningRequest& request, WallTime now) const = 0;

  /// Called with the head of each reply; must be cheap.
  virtual void observe_reply(const net::ResponseHead& reply) const { (void)reply; }
  /// Whether `judge` wants the first 4 KiB of the body of a reply with this status.
  virtual bool wants_error_body(int status) const {
    (void)status;
    return false;
  }
  virtual ReplyVerdict judge(int status, std::string_view body) const {
    (void)status, (void)body;
    return ReplyVerdict::Pass;
  }
  /// Set when the provider's clock should be asked before the next signed call of this target.
  virtual std::optional<ClockQuery> clock_query_due(std::string_view target,
                                                    MonotonicTime now) const {
    (void)target, (void)now;
    return std::nullopt;
  }
  /// The answer to a ClockQuery; `sent` and `received` are this machine's wall times around it.
  virtual void learn_clock(std::string_view body, WallTime sent, WallTime received,
                           MonotonicTime now) const {
    (void)body, (void)sent, (void)received, (void)now;
  }
  virtual std::vector<UsageReading> usage() const { return {}; }
};

/// Makes the connector of an Api; `credential` may be null. Fails with InvalidConfiguration.
using ConnectorFactory = Result<std::shared_ptr<const Connector>> (*)(
    const model::Api& api, const model::Credential* credential);

}  // namespace apiforge::connectors
