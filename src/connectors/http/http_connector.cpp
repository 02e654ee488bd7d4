#include "connectors/http/http_connector.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.hpp"
#include "base/query.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "connectors/credential.hpp"

namespace apiforge::connectors {
namespace {

constexpr std::array<std::string_view, 4> kCallerKeyFields{"authorization", "x-api-key", "api-key",
                                                           "x-goog-api-key"};

/// What a request gets, prepared once: a header line, or a query parameter.
struct Injection {
  std::string stripped_field;  ///< lower case; empty when it is one of kCallerKeyFields
  Secret header_line;          ///< `Name: value\r\n`
  std::string query_name;      ///< plain
  std::string encoded_query_name;
  Secret encoded_query_value;
};

class HttpConnector final : public Connector {
 public:
  explicit HttpConnector(Injection injection) : injection_(std::move(injection)) {
    stripped_fields_.assign(kCallerKeyFields.begin(), kCallerKeyFields.end());
    if (!injection_.stripped_field.empty()) stripped_fields_.push_back(injection_.stripped_field);
  }

  std::span<const std::string_view> stripped_fields() const override { return stripped_fields_; }

  Result<void> sign(SigningRequest& request, WallTime) const override {
    request.fields += injection_.header_line.reveal();
    if (!injection_.query_name.empty()) {
      const std::array<std::string_view, 1> names{injection_.query_name};
      remove_query_pairs(request.target, names);
      append_query_pair(request.target, injection_.encoded_query_name,
                        injection_.encoded_query_value.reveal());
    }
    return {};
  }

 private:
  const Injection injection_;
  std::vector<std::string_view> stripped_fields_;  // views into injection_
};

/// The connector of an Api without a credential.
class PassingConnector final : public Connector {
 public:
  std::span<const std::string_view> stripped_fields() const override { return {}; }
  Result<void> sign(SigningRequest&, WallTime) const override { return {}; }
};

Injection header_injection(std::string_view name, std::string_view value) {
  Injection injection;
  std::string lower_name = lower_case(name);
  if (std::ranges::find(kCallerKeyFields, lower_name) == kCallerKeyFields.end()) {
    injection.stripped_field = std::move(lower_name);
  }
  std::string line;
  line.reserve(name.size() + value.size() + 4);
  line.append(name).append(": ").append(value).append("\r\n");
  injection.header_line = Secret(std::move(line));
  return injection;
}

Result<Injection> prepare_header(const model::Credential& credential) {
  const auto name = header_name_field(credential, "name");
  if (!name) return std::unexpected(name.error());
  const auto value = header_safe_field(credential, "value");
  if (!value) return std::unexpected(value.error());
  return header_injection(*name, *value);
}

Result<Injection> prepare_bearer(const model::Credential& credential) {
  const auto token = header_safe_field(credential, "token");
  if (!token) return std::unexpected(token.error());
  const Secret value("Bearer " + std::string(*token));
  return header_injection("Authorization", value.reveal());
}

Result<Injection> prepare_basic(const model::Credential& credential) {
  const auto username = header_safe_field(credential, "username");
  if (!username) return std::unexpected(username.error());
  if (username->find(':') != std::string_view::npos) {
    return fail(ErrorCode::InvalidConfiguration,
                "credential '" + credential.name + "': field 'username' holds a colon");
  }
  const auto password = header_safe_field(credential, "password");
  if (!password) return std::unexpected(password.error());
  const Secret pair(std::string(*username) + ":" + std::string(*password));
  const Secret value("Basic " + base64(bytes_of(pair.reveal())));
  return header_injection("Authorization", value.reveal());
}

Result<Injection> prepare_query_key(const model::Credential& credential) {
  const auto name = header_safe_field(credential, "name");
  if (!name) return std::unexpected(name.error());
  const auto value = header_safe_field(credential, "value");
  if (!value) return std::unexpected(value.error());
  Injection injection;
  injection.query_name = *name;
  injection.encoded_query_name = percent_encode(*name);
  injection.encoded_query_value = Secret(percent_encode(*value));
  return injection;
}

Result<Injection> prepare(const model::Credential& credential) {
  if (credential.kind == "header") return prepare_header(credential);
  if (credential.kind == "bearer") return prepare_bearer(credential);
  if (credential.kind == "basic") return prepare_basic(credential);
  if (credential.kind == "query_key") return prepare_query_key(credential);
  return unusable_kind(credential, "http", "header, bearer, basic or query_key");
}

}  // namespace

Result<std::shared_ptr<const Connector>> make_http_connector(const model::Api&,
                                                             const model::Credential* credential) {
  if (credential == nullptr) return std::make_shared<const PassingConnector>();
  auto injection = prepare(*credential);
  if (!injection) return std::unexpected(std::move(injection.error()));
  return std::make_shared<const HttpConnector>(*std::move(injection));
}

}  // namespace apiforge::connectors
