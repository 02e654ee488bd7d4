#include "sim/exchange/exchange.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "sim/exchange/endpoints.hpp"
#include "sim/exchange/streams.hpp"

namespace apiforge::sim::exchange {
namespace {

constexpr std::int64_t kTenSeconds = 10'000;
constexpr std::int64_t kDayMs = 24 * 3600 * 1000;

Reply to_reply(const Refusal& refusal) {
  Reply reply{.status = refusal.status};
  reply.body =
      boost::json::serialize(boost::json::object{{"code", refusal.code}, {"msg", refusal.message}});
  return reply;
}

std::string seconds_until(std::int64_t time, std::int64_t now) {
  return std::to_string((time - now + 999) / 1000);
}

/// Query first: where a parameter is in both, the query's counts.
Parameters parameters_of(const Request& request) {
  Parameters parameters(request.query);
  parameters.append(request.body);
  return parameters;
}

}  // namespace

Exchange::Exchange(const Clock& clock, Config config)
    : config_(std::move(config)),
      venue_(clock, config_.venue),
      weight_(config_.venue.limits.weight_per_minute),
      orders_per_10_seconds_(config_.venue.limits.orders_per_10_seconds, kTenSeconds),
      orders_per_day_(config_.venue.limits.orders_per_day, kDayMs) {}

void Exchange::reset() {
  venue_.reset_desk();
  weight_ = WeightLimiter(config_.venue.limits.weight_per_minute);
  orders_per_10_seconds_ = OrderCounter(config_.venue.limits.orders_per_10_seconds, kTenSeconds);
  orders_per_day_ = OrderCounter(config_.venue.limits.orders_per_day, kDayMs);
}

Reply Exchange::reply(const Request& request) {
  const Endpoint* endpoint = find_endpoint(request.method, request.path);
  const Parameters parameters = parameters_of(request);
  const std::int64_t now = venue_.server_time();
  const auto verdict = weight_.take(now, endpoint ? endpoint->weight(parameters) : 1);

  Reply reply;
  if (verdict.answer != WeightLimiter::Answer::Allowed) {
    reply = refuse_for_weight(verdict, now);
  } else if (!endpoint) {
    reply = to_reply({404, -1000, "There is no such endpoint in the simulator."});
  } else {
    auto body = answer(*endpoint, request, parameters);
    if (!body)
      reply = to_reply(body.error());
    else
      reply.body = std::move(*body);
  }
  reply.headers.push_back({"X-MBX-USED-WEIGHT", std::to_string(verdict.used)});
  reply.headers.push_back({"X-MBX-USED-WEIGHT-1M", std::to_string(verdict.used)});
  if (reply.status == 200 && endpoint && endpoint->places_order) {
    const auto in_10_seconds = orders_per_10_seconds_.count(now);
    const auto in_day = orders_per_day_.count(now);
    reply.headers.push_back({"X-MBX-ORDER-COUNT-10S", std::to_string(in_10_seconds)});
    reply.headers.push_back({"X-MBX-ORDER-COUNT-1D", std::to_string(in_day)});
  }
  return reply;
}

Outcome<std::string> Exchange::answer(const Endpoint& endpoint, const Request& request,
                                      const Parameters& parameters) {
  if (auto good = authenticate(endpoint, request, parameters); !good) {
    return std::unexpected(good.error());
  }
  venue_.advance();
  return endpoint.places_order ? count_and_place(endpoint, parameters)
                               : endpoint.handle(venue_, parameters);
}

Outcome<void> Exchange::authenticate(const Endpoint& endpoint, const Request& request,
                                     const Parameters& parameters) const {
  if (endpoint.security == Security::None) return {};
  if (auto good = check_key(config_.keys, request.header("X-MBX-APIKEY")); !good) return good;
  if (endpoint.security == Security::Key) return {};
  if (auto good = check_signature(config_.keys, request.query, request.body); !good) return good;
  return check_time(parameters, venue_.server_time());
}

Outcome<std::string> Exchange::count_and_place(const Endpoint& endpoint,
                                               const Parameters& parameters) {
  const std::int64_t now = venue_.server_time();
  if (orders_per_10_seconds_.full(now)) {
    return refuse(-1015,
                  fmt::format("Too many new orders; current limit is {} orders per 10 SECOND.",
                              orders_per_10_seconds_.limit()),
                  429);
  }
  if (orders_per_day_.full(now)) {
    return refuse(-1015,
                  fmt::format("Too many new orders; current limit is {} orders per 1 DAY.",
                              orders_per_day_.limit()),
                  429);
  }
  auto body = endpoint.handle(venue_, parameters);
  if (body) {
    orders_per_10_seconds_.add(now);
    orders_per_day_.add(now);
  }
  return body;
}

Reply Exchange::refuse_for_weight(const WeightLimiter::Verdict& verdict, std::int64_t now) const {
  const bool banned = verdict.answer == WeightLimiter::Answer::Banned;
  Reply reply = to_reply(
      banned ? Refusal{418, -1003,
                       fmt::format("Way too much request weight used; IP banned until {}. Please "
                                   "use WebSocket Streams for live updates to avoid bans.",
                                   verdict.retry_at)}
             : Refusal{429, -1003,
                       fmt::format("Too much request weight used; current limit is {} request "
                                   "weight per 1 MINUTE. Please use WebSocket Streams for live "
                                   "updates to avoid polling the API.",
                                   weight_.limit())});
  reply.headers.push_back({"Retry-After", seconds_until(verdict.retry_at, now)});
  return reply;
}

Reply Exchange::failure(unsigned status) const {
  const bool limited = status == 429 || status == 418;
  Reply reply = to_reply(
      limited ? Refusal{status, -1003, "Too many requests."}
              : Refusal{status, -1000, "An unknown error occurred while processing the request."});
  if (limited) reply.headers.push_back({"Retry-After", "1"});
  return reply;
}

std::unique_ptr<Channel> Exchange::open(const Request& request) {
  return open_streams(venue_, request, config_.venue.step);
}

}  // namespace apiforge::sim::exchange
