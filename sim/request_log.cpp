#include "sim/request_log.hpp"

#include <boost/json.hpp>

namespace apiforge::sim {
namespace json = boost::json;

void RequestLog::record(const Request& request) {
  ++total_;
  const bool known = paths_.size() < kMaxPaths || paths_.contains(request.path);
  ++paths_[known ? request.path : "(other)"];
  last_ = request;
}

std::string RequestLog::to_json() const {
  json::object paths;
  for (const auto& [path, count] : paths_) paths[path] = count;
  json::value last = nullptr;
  if (total_ > 0) {
    json::array headers;
    for (const Header& header : last_.headers) {
      headers.push_back(json::array{header.name, header.value});
    }
    last = {{"method", last_.method},
            {"target", last_.target},
            {"headers", std::move(headers)},
            {"body", last_.body}};
  }
  return json::serialize(json::object{{"total", total_},
                                      {"connections", connections_},
                                      {"abandoned", abandoned_},
                                      {"paths", std::move(paths)},
                                      {"last", std::move(last)}});
}

}  // namespace apiforge::sim
