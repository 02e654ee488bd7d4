// LocalEndpoints: what the gateway answers itself: /health, /metrics and the control API.
// Implemented by the composition root; the gateway knows only this much of it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/caller.hpp"
#include "base/error.hpp"
#include "net/head.hpp"
#include "net/task.hpp"

namespace apiforge::gateway {

/// A whole request, owned: it outlives the connection's buffers on its way through other threads.
struct LocalRequest {
  net::Method method = net::Method::Get;
  std::string path;   ///< canonical
  std::string query;  ///< raw, without `?`
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::string client;  ///< address, behind trusted proxies
  std::string request_id;
  bool is_tls = false;
  std::shared_ptr<const auth::Caller> caller;  ///< null when there is no valid credential
  std::optional<Error> refusal;                ///< why `caller` is null
};

struct LocalReply {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> fields;  ///< beside type, length and request id
  std::string body;
  bool is_of_probe = false;  ///< answers a probe or a scrape; those come every few seconds for ever
};

class LocalEndpoints {
 public:
  /// The largest body of a request that is answered here: of strangers, and of callers who are
  /// known, who may send whole catalogues.
  static constexpr std::uint64_t kMaxBodyBytes = 1 << 20;
  static constexpr std::uint64_t kMaxBodyBytesOfCallers = 32 << 20;

  /// Whether a canonical path is one of ours; asked for each request, so it must be cheap.
  virtual bool owns(std::string_view path) const = 0;
  /// The reply; resumes on the calling worker.
  virtual net::Task<LocalReply> answer(LocalRequest request) = 0;

 protected:
  ~LocalEndpoints() = default;
};

}  // namespace apiforge::gateway
