#include "sim/exchange/streams.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {
namespace json = boost::json;

namespace {

std::string error_message(const json::value& id, std::string_view text) {
  return json::serialize(json::object{{"error", {{"code", 2}, {"msg", text}}}, {"id", id}});
}

/// The strings of a list; nullopt when it holds anything else.
std::optional<std::vector<std::string>> read_names(const json::object& message) {
  const json::value* params = message.if_contains("params");
  if (!params || !params->is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const json::value& name : params->get_array()) {
    if (!name.is_string()) return std::nullopt;
    names.emplace_back(name.get_string());
  }
  return names;
}

/// Visits the parts of "a/b/c" that are not empty.
template <class Visit>
void for_each_part(std::string_view path, Visit visit) {
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty()) visit(part);
  }
}

}  // namespace

bool StreamChannel::subscribe(std::string_view name) {
  if (streams_.contains(name)) return true;
  if (streams_.size() == kMaxStreams) return false;
  streams_.emplace(name, parse_stream(venue_, name));
  return true;
}

std::vector<std::string> StreamChannel::receive(std::string_view message) {
  boost::system::error_code error;
  const json::value parsed = json::parse({message.data(), message.size()}, error);
  if (error || !parsed.is_object()) {
    return {R"({"error":{"code":3,"msg":"Invalid JSON: expected an object"},"id":null})"};
  }
  const json::object& request = parsed.get_object();
  const json::value* given_id = request.if_contains("id");
  const json::value id = given_id ? *given_id : json::value(nullptr);
  const json::value* method = request.if_contains("method");
  const auto answer = [&](json::value result) {
    return std::vector{json::serialize(json::object{{"result", std::move(result)}, {"id", id}})};
  };

  if (method && *method == "LIST_SUBSCRIPTIONS") {
    json::array names;
    for (const auto& [name, stream] : streams_) names.emplace_back(name);
    return answer(std::move(names));
  }
  if (!method || (*method != "SUBSCRIBE" && *method != "UNSUBSCRIBE")) {
    return {error_message(id,
                          "Invalid request: unknown method, expected one of SUBSCRIBE, "
                          "UNSUBSCRIBE, LIST_SUBSCRIPTIONS")};
  }
  const auto names = read_names(request);
  if (!names) return {error_message(id, "Invalid request: params must be a list of names")};
  for (const std::string& name : *names) {
    if (*method == "UNSUBSCRIBE") {
      streams_.erase(name);
    } else if (!subscribe(name)) {
      return {error_message(id, fmt::format("Invalid request: more than {} streams", kMaxStreams))};
    }
  }
  return answer(nullptr);
}

std::vector<std::string> StreamChannel::tick() {
  venue_.advance();
  const std::int64_t now = venue_.server_time();
  std::vector<std::string> messages;
  for (auto& [name, stream] : streams_) {
    if (!stream) continue;
    for (std::string& event : events_of(*stream, now)) {
      messages.push_back(combined_ ? fmt::format(R"({{"stream":"{}","data":{}}})", name, event)
                                   : std::move(event));
    }
  }
  return messages;
}

std::unique_ptr<StreamChannel> open_streams(Venue& venue, const Request& request,
                                            std::chrono::milliseconds interval) {
  constexpr std::string_view kRaw = "/ws";
  const std::string_view path = request.path;
  const bool combined = path == "/stream";
  const bool raw = path == kRaw || path.starts_with("/ws/");
  if (!combined && !raw) return nullptr;

  venue.advance();
  auto channel = std::make_unique<StreamChannel>(venue, combined, interval);
  const Parameters parameters(request.query);
  const auto names = combined ? parameters.find("streams").value_or("") : path.substr(kRaw.size());
  for_each_part(names, [&](std::string_view name) { channel->subscribe(name); });
  return channel;
}

}  // namespace apiforge::sim::exchange
