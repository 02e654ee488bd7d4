#include "sim/llm/api_error.hpp"

#include <boost/json.hpp>

namespace apiforge::sim::llm {
namespace json = boost::json;

namespace {

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

Reply to_reply(const ApiError& error) {
  Reply reply{.status = error.status};
  reply.body = json::serialize(json::object{{"error",
                                             {{"message", error.message},
                                              {"type", error.type},
                                              {"param", text_or_null(error.param)},
                                              {"code", text_or_null(error.code)}}}});
  return reply;
}

}  // namespace apiforge::sim::llm
