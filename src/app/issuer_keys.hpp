// IssuerKeys: reads the published keys of trusted issuers, from their addresses or from files, and
// again and again, since providers rotate them. Belongs to the ControlPlane; control thread only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "auth/trusted_issuers.hpp"
#include "net/dialer.hpp"
#include "net/event_loop.hpp"
#include "observe/health.hpp"
#include "observe/log.hpp"

namespace apiforge::app {

class IssuerKeys {
 public:
  struct Needs {
    net::EventLoop& control;
    const NetworkSettings& network;
    observe::Log log;
    /// Takes what verifies tokens from now on; null when no issuer has keys.
    std::function<void(std::shared_ptr<const auth::ExternalVerifier>)> publish;
  };
  explicit IssuerKeys(Needs needs);
  ~IssuerKeys();
  IssuerKeys(const IssuerKeys&) = delete;
  IssuerKeys& operator=(const IssuerKeys&) = delete;

  /// These issuers, validated, are trusted from now on. Keys that were read stay where the place
  /// they come from did; files are read now.
  void configure(const std::vector<model::TrustedIssuer>& issuers);
  /// Begins to ask for keys: at once, each 10 minutes, sooner after a failure, and, at most each
  /// 30 s for one issuer, when a token names a key that is not there.
  void start();
  void stop() { stopping_ = true; }

  /// Whether each issuer of the start was asked, with whatever result: a process that takes calls
  /// before would refuse good tokens.
  bool were_asked() const { return were_asked_; }
  /// Degraded while the last reading failed for an issuer; none without issuers.
  std::optional<observe::ComponentHealth> health() const;

 private:
  struct Source;

  net::Task<void> watch();
  net::Task<void> fetch(std::shared_ptr<Source> source);
  net::Task<Result<std::string>> download(std::string address);
  void look_at(const std::shared_ptr<Source>& source);
  void take(Source& source, const Result<std::string>& document);
  Result<void> accept(Source& source, const Result<std::string>& document);
  void publish();

  Needs needs_;
  net::Dialer dialer_;
  net::Dialer clear_text_dialer_;  ///< of `http://`: to addresses that an operator named only
  std::shared_ptr<net::TlsClientContext> tls_;  ///< loaded for the first `https://`
  std::vector<std::shared_ptr<Source>> sources_;
  bool were_asked_ = false;
  bool stopping_ = false;
};

}  // namespace apiforge::app
