// Installation: the control API on a store in memory, with one administrator, passwords that are
// cheap to hash, and time that stands still. What the worker does with a credential is done here
// too, so that requests come in as they come from the network. Tests and fuzzing only; one thread.
#pragma once
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "admin/control_api.hpp"
#include "auth/accounts/accounts.hpp"
#include "auth/accounts/bootstrap.hpp"
#include "auth/authenticator.hpp"
#include "auth/credential_text.hpp"
#include "auth/directory_feed.hpp"
#include "base/text.hpp"
#include "catalogue/catalogue.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::admin {

struct Call {
  net::Method method = net::Method::Get;
  std::string path;
  std::string body;
  std::string token{};  ///< empty: none
  Fields fields{};
  std::string content_type = "application/json";
};

class Installation {
 public:
  static constexpr const char* kPassword = "correct horse battery";

  Installation() {
    must(create_administrator(accounts_.ports, "cli", {"root", "", Secret(kPassword)}));
    must(feed_.catch_up());
  }

  ControlReply send(const Call& call) {
    ControlRequest request;
    request.method = call.method;
    const auto mark = call.path.find('?');
    request.path = call.path.substr(0, mark);
    if (mark != std::string::npos) request.query = call.path.substr(mark + 1);
    request.fields = call.fields;
    if (!call.token.empty()) request.fields.emplace_back("Authorization", "Bearer " + call.token);
    if (!call.body.empty()) request.fields.emplace_back("Content-Type", call.content_type);
    request.body = call.body;
    request.client = "203.0.113.7";
    request.request_id = "request-1";
    identify(request);
    return api_->handle(request);
  }

  SimulatedClock& clock() { return clock_; }

  // What the data plane would tell.
  observe::CallReading calls{};
  std::vector<ActiveApi> active_apis{};
  std::vector<quota::BreakerView> breakers{};
  std::vector<std::pair<std::string, policy::BreakerState>> changes_told{};  ///< of breakers
  LimitsReading limits{};
  std::optional<LimitsQuery> limits_query{};  ///< the last one
  LimitAnswer limit_answer{};
  std::optional<LimitQuestion> limit_question{};  ///< the last one
  std::vector<quota::Alert> alerts{};
  std::map<std::string, std::optional<WallTime>, std::less<>> silenced{};  ///< rules of the file
  /// What the configuration file declares.
  std::shared_ptr<const model::Configuration> declared =
      std::make_shared<const model::Configuration>();

 private:
  template <class T>
  static T must(Result<T> result) {
    if (!result) std::abort();
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }

  void identify(ControlRequest& request) {
    auth::CredentialFields credential;
    for (const auto& [name, value] : request.fields) {
      if (equals_ignoring_case(name, "Authorization")) credential.add_authorization(value);
      if (equals_ignoring_case(name, "X-API-Key")) credential.add_api_key(value);
    }
    const auto text = credential.text();
    if (!text) {
      request.refusal = text.error();
    } else if (*text) {
      auto caller = authenticator_.authenticate(**text, *directory_, clock_.wall());
      if (caller) {
        request.caller = *std::move(caller);
      } else {
        request.refusal = std::move(caller.error());
      }
    }
  }

  QuotaPorts quota_ports() {
    return {.breakers = [this] { return breakers; },
            .breaker_changed =
                [this](const quota::BreakerView& view, const policy::BreakerChange& change) {
                  changes_told.emplace_back(view.endpoint, change.to);
                },
            .limits =
                [this](const LimitsQuery& query) {
                  limits_query = query;
                  const auto is_other = [&query](const auto& tenant) {
                    return !query.tenant.empty() && tenant.value != query.tenant;
                  };
                  LimitsReading reading = limits;
                  std::erase_if(reading.limits, [&](const LimitReading& limit) {
                    return is_other(limit.tenant) ||
                           (!query.name.empty() && limit.name != query.name);
                  });
                  std::erase_if(reading.sheds,
                                [&](const ShedReading& shed) { return is_other(shed.tenant); });
                  return reading;
                },
            .check_limit =
                [this](const LimitQuestion& question) {
                  limit_question = question;
                  return Result<LimitAnswer>(limit_answer);
                },
            .alerts = [this] { return alerts; },
            .silence =
                [this](std::string_view rule, std::optional<WallTime> until) {
                  silenced[std::string(rule)] = until;
                  return Result<void>();
                },
            .health = [] { return observe::HealthReport{}; }};
  }

  static auth::SigningKeySet signing_keys() {
    return {{must(
        auth::signing_key_from_secret(auth::TokenAlgorithm::Hs256, Secret(std::string(32, 'k'))))}};
  }

  SimulatedClock clock_;
  storage::MemoryStore store_{clock_};
  auth::Vault vault_{must(auth::MasterKeys::parse("test:" + std::string(62, 'a') + "42"))};
  std::shared_ptr<const auth::CredentialHasher> hasher_ =
      std::make_shared<auth::CredentialHasher>(Secret(std::string(32, 'h')));
  auth::PasswordHasher passwords_{{.memory_kib = 8, .passes = 1}, 1, 8};
  std::shared_ptr<const auth::TokenIssuer> issuer_ =
      std::make_shared<const auth::TokenIssuer>(must(auth::TokenIssuer::make(signing_keys(), {})));
  std::shared_ptr<const auth::TokenVerifier> verifier_ =
      std::make_shared<const auth::TokenVerifier>(
          must(auth::TokenVerifier::make(signing_keys(), {})));
  auth::accounts::LoginGuard guard_{{}, 7, clock_};
  auth::accounts::Accounts accounts_{
      auth::accounts::Ports{.store = store_,
                            .passwords = passwords_,
                            .token_issuer = [this] { return issuer_; },
                            .credentials = *hasher_,
                            .clock = clock_,
                            .guard = guard_,
                            .settings = {.registration = auth::accounts::RegistrationMode::Open}}};
  catalogue::Inventory inventory_{[this] { return declared; }};
  catalogue::Catalogue catalogue_{catalogue::Ports{
      .accounts = accounts_.ports,
      .vault = vault_,
      .inventory = inventory_,
      .connectors = {"http", "binance"},
      .check_address = [](const model::UpstreamUrl&) { return Result<void>(); },
      .check_compiles = [](const model::Api&) { return std::vector<BodyFault>(); }}};
  std::shared_ptr<const auth::Directory> directory_;
  auth::DirectoryFeed feed_{store_, clock_, std::chrono::minutes(15),
                            [this](auto directory) { directory_ = std::move(directory); }};
  auth::Authenticator authenticator_{hasher_, {verifier_, nullptr, "apiforge"}};
  std::unique_ptr<ControlApi> api_ = must(ControlApi::make(
      {.accounts = accounts_,
       .vault = vault_,
       .catalogue = catalogue_,
       .publish = [this] { return feed_.catch_up(); },
       .jwks = [] { return auth::jwks(signing_keys()); },
       .auth_health = [] { return observe::HealthReport{}; },
       .verify_audit = []() -> Result<auth::AuditReport> { return auth::AuditReport{}; },
       .gateway_health = [] { return observe::HealthReport{}; },
       .calls = [this] { return calls; },
       .active_apis = [this] { return active_apis; },
       .active_versions =
           [this](std::string_view name) {
             auto versions = active_apis;
             std::erase_if(versions, [&](const ActiveApi& api) { return api.name != name; });
             return versions;
           },
       .quota = quota_ports()}));
};

}  // namespace apiforge::admin
