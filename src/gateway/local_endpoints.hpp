// LocalEndpoints: what the gateway answers itself, such as /health and /metrics. Implemented by the
// composition root; the gateway knows only this much of it.
#pragma once
#include <string>
#include <string_view>

#include "net/head.hpp"
#include "net/task.hpp"

namespace apiforge::gateway {

struct LocalReply {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  ///< for 405
};

class LocalEndpoints {
 public:
  /// Whether a canonical path is one of ours; asked for each request, so it must be cheap.
  virtual bool owns(std::string_view path) const = 0;
  /// The reply; resumes on the calling worker.
  virtual net::Task<LocalReply> answer(net::Method method, std::string path) = 0;

 protected:
  ~LocalEndpoints() = default;
};

}  // namespace apiforge::gateway
