// GatewayTest: the fixture of the integration tests. It is told what the gateway should serve,
// starts it at the first use, and offers verbs to call it and to look at replies. One thread.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "support/control_client.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"

namespace apiforge::testing_support {

/// What an API of a test has beyond a name and endpoints: members in YAML's flow style.
struct ApiText {
  std::string upstream = {};  ///< members of `upstream`: `timeout_ms: 300, retry: {attempts: 1}`
  std::string more = {};      ///< members of the API: `version: v2, routes: [...]`
  bool is_public = true;
};

class GatewayTest : public testing::Test {
 protected:
  void given_setting(const std::string& name, const std::string& value) { settings_[name] = value; }
  void given_api(const std::string& name, const FakeUpstream& upstream, const ApiText& text = {});
  void given_api(const std::string& name, const std::vector<std::string>& urls,
                 const ApiText& text = {});

  /// A secret for upstreams, which an API names in `more`: `credential: <name>`. `fields` are
  /// members in YAML's flow style.
  void given_credential(const std::string& name, const std::string& kind,
                        const std::string& fields);
  /// A quota, a limit or a budget, and a circuit breaker: all members in YAML's flow style.
  void given_quota(const std::string& name, const std::string& members);
  void given_breaker(const std::string& api, const std::string& members);
  /// An administrator kAdminName, made at start.
  void given_administrator();

  /// The gateway, started when it is not.
  GatewayProcess& gateway();
  /// A new process in the place of the one before, which is ended in order unless it is gone.
  GatewayProcess& restarted_gateway();
  const GatewayProcess::Settings& settings() const { return settings_; }
  ControlClient control() { return ControlClient(gateway().port()); }
  /// A new connection to it.
  RawClient connect(int receive_buffer = 0) { return RawClient(gateway().port(), receive_buffer); }

  /// `request` is a method and a target; the reply becomes `last`. Calls share a connection while
  /// it lasts. `fields` are complete lines.
  const HttpMessage& call(std::string_view request, std::string_view fields = {},
                          std::string_view body = {});
  const HttpMessage& last() const { return last_; }
  void expect_status(int status) const;
  /// The `code` of a problem reply.
  void expect_problem(std::string_view code) const;

  /// A request in bytes, with Host, unless `fields` begins with one, and Content-Length
  /// when there is a body.
  static std::string request(std::string_view method_and_target, std::string_view fields = {},
                             std::string_view body = {});

  const TemporaryFolder& folder() const { return folder_; }
  /// The configuration so far, for tests that write it anew.
  std::string configuration() const {
    return "version: 1\n" + (credentials_.empty() ? "" : "credentials:\n" + credentials_) +
           "apis:" + (apis_.empty() ? " []\n" : "\n" + apis_) +
           (quotas_.empty() ? "" : "quotas:\n" + quotas_) +
           (breakers_.empty() ? "" : "circuit_breakers:\n" + breakers_);
  }

 private:
  TemporaryFolder folder_;
  GatewayProcess::Settings settings_;
  std::string credentials_;
  std::string apis_;
  std::string quotas_;
  std::string breakers_;
  std::unique_ptr<GatewayProcess> gateway_;
  std::optional<RawClient> client_;
  HttpMessage last_;
};

/// Milliseconds that `action` takes.
milliseconds time_of(const std::function<void()>& action);

}  // namespace apiforge::testing_support
