// ControlClient: a caller of the control API, with a connection a request. One thread; owned by the
// test.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/http_message.hpp"

namespace apiforge::testing_support {

inline constexpr const char* kAdminName = "root-of-all";
inline constexpr const char* kAdminPassword = "tall ships sail at noon";

struct Tokens {
  std::string access;
  std::string refresh;
};

struct ApiKey {
  std::string id;
  std::string text;
};

class ControlClient {
 public:
  explicit ControlClient(std::uint16_t port) : port_(port) {}

  /// `request` is a method and a target; without `token` nobody in particular asks. `fields` are
  /// complete lines; `body` is JSON.
  HttpMessage ask(std::string_view request, std::string_view token = {}, std::string_view body = {},
                  std::string_view fields = {}) const;

  // These throw when they are refused.
  Tokens log_in(std::string_view username, std::string_view password) const;
  Tokens log_in_as_administrator() const { return log_in(kAdminName, kAdminPassword); }
  /// `more` are further members: `"scopes":["gateway:call"],`.
  ApiKey make_key(std::string_view token, std::string_view more = {}) const;
  void revoke_key(std::string_view token, const ApiKey& key) const;

 private:
  HttpMessage expect(int status, std::string_view request, std::string_view token,
                     std::string_view body) const;

  std::uint16_t port_;
};

/// The text of the first member of that name, without escapes; empty when there is none.
std::string json_text(std::string_view json, std::string_view member);

/// Complete lines.
std::string bearer_field(std::string_view credential);
std::string api_key_field(std::string_view credential);

}  // namespace apiforge::testing_support
