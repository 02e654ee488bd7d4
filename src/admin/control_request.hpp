// ControlRequest and ControlReply: one request to the control API and its reply, as values that own
// their texts: they cross from a worker to a thread of the blocking pool and back.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "net/head.hpp"

namespace apiforge::auth {
struct Caller;
}

namespace apiforge::admin {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct ControlRequest {
  net::Method method = net::Method::Get;
  std::string path;   ///< canonical
  std::string query;  ///< raw, without `?`
  Fields fields;
  std::string body;
  std::string client;  ///< address, behind trusted proxies
  std::string request_id;
  bool is_tls = false;
  /// Who calls, as the worker found out; null when there is no credential or none that is valid.
  std::shared_ptr<const auth::Caller> caller;
  /// Why `caller` is null. Operations that need no caller do not look at it, except that
  /// credentials that contradict each other are always refused.
  std::optional<Error> refusal;

  /// The value of the first field of that name (any case).
  std::optional<std::string_view> field(std::string_view name) const;
};

struct ControlReply {
  int status = 200;
  Fields fields;  ///< beside Content-Type, Content-Length and X-Request-ID
  std::string content_type = "application/json";
  std::string body;  ///< empty for 204
  /// What the body tells of when it is a problem; its context is for the log.
  std::optional<Error> error{};
};

}  // namespace apiforge::admin
