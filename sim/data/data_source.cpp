#include "sim/data/data_source.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "sim/data/series.hpp"

namespace apiforge::sim::data {
namespace json = boost::json;

namespace {

constexpr std::int64_t kDayMilliseconds = 24 * 3600 * 1000;
constexpr std::size_t kCompactDays = 100;
constexpr std::size_t kFullDays = 1000;
constexpr std::size_t kFredMonths = 120;

Reply json_reply(const json::object& object, unsigned status = 200) {
  Reply reply{.status = status};
  reply.body = json::serialize(object);
  return reply;
}

Reply error_message(std::string_view text) {
  return json_reply({{"Error Message", text}});
}

json::object day_object(const Day& day) {
  return {{"1. open", to_text(day.open, 4)},
          {"2. high", to_text(day.high, 4)},
          {"3. low", to_text(day.low, 4)},
          {"4. close", to_text(day.close, 4)},
          {"5. volume", std::to_string(day.volume)}};
}

Reply daily_series(std::string_view symbol, const std::vector<Day>& days, bool full) {
  json::object series;
  for (const Day& day : days) series[date_text(day.date)] = day_object(day);
  return json_reply({{"Meta Data",
                      {{"1. Information", "Daily Prices (open, high, low, close) and Volumes"},
                       {"2. Symbol", symbol},
                       {"3. Last Refreshed", date_text(days.front().date)},
                       {"4. Output Size", full ? "Full size" : "Compact"},
                       {"5. Time Zone", "US/Eastern"}}},
                     {"Time Series (Daily)", std::move(series)}});
}

Reply global_quote(std::string_view symbol, const Day& day, const Day& before) {
  const Decimal change = day.close - before.close;
  const Decimal percent = divide(change, before.close) * 100;
  return json_reply({{"Global Quote",
                      {{"01. symbol", symbol},
                       {"02. open", to_text(day.open, 4)},
                       {"03. high", to_text(day.high, 4)},
                       {"04. low", to_text(day.low, 4)},
                       {"05. price", to_text(day.close, 4)},
                       {"06. volume", std::to_string(day.volume)},
                       {"07. latest trading day", date_text(day.date)},
                       {"08. previous close", to_text(before.close, 4)},
                       {"09. change", to_text(change, 4)},
                       {"10. change percent", to_text(percent, 4) + "%"}}}});
}

Reply fred_error(std::string_view text) {
  return json_reply({{"error_code", 400}, {"error_message", fmt::format("Bad Request.  {}", text)}},
                    400);
}

std::string_view value_of(const Parameters& parameters, std::string_view name) {
  return parameters.find(name).value_or("");
}

}  // namespace

std::int64_t DataSource::today() const {
  return unix_milliseconds(clock_.wall()) / kDayMilliseconds;
}

bool DataSource::take_from_day() {
  if (day_ != today()) {
    day_ = today();
    used_today_ = 0;
  }
  if (used_today_ >= config_.daily_limit) return false;
  ++used_today_;
  return true;
}

Reply DataSource::reply(const Request& request) {
  const Parameters parameters(request.query);
  if (request.method == "GET" && request.path == "/query") return query(parameters);
  if (request.method == "GET" && request.path == "/fred/series/observations") {
    return observations(parameters);
  }
  return json_reply({{"error_code", 404}, {"error_message", "Not Found"}}, 404);
}

Reply DataSource::query(const Parameters& parameters) {
  const auto key = value_of(parameters, "apikey");
  if (key != config_.key) {
    return error_message(
        "the parameter apikey is invalid or missing. Please claim your free API key on "
        "(https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.");
  }
  if (!take_from_day()) {
    return json_reply(
        {{"Information",
          fmt::format("We have detected your API key as {} and our standard API rate limit is {} "
                      "requests per day. Please subscribe to any of the premium plans at "
                      "https://www.alphavantage.co/premium/ to instantly remove all daily rate "
                      "limits.",
                      key, config_.daily_limit)}});
  }
  const auto function = value_of(parameters, "function");
  const auto symbol = value_of(parameters, "symbol");
  if (function != "TIME_SERIES_DAILY" && function != "GLOBAL_QUOTE") {
    return error_message(fmt::format("This API function ({}) does not exist.", function));
  }
  if (symbol.empty()) {
    return error_message(
        fmt::format("Invalid API call. Please retry or visit the documentation "
                    "(https://www.alphavantage.co/documentation/) for {}.",
                    function));
  }
  const bool full = value_of(parameters, "outputsize") == "full";
  const auto days = daily_prices(config_.seed, symbol, today(), full ? kFullDays : kCompactDays);
  if (function == "GLOBAL_QUOTE") return global_quote(symbol, days[0], days[1]);
  return daily_series(symbol, days, full);
}

Reply DataSource::observations(const Parameters& parameters) const {
  constexpr std::string_view kReadMore =
      "Read https://fred.stlouisfed.org/docs/api/api_key.html for more information.";
  const auto key = value_of(parameters, "api_key");
  if (key.empty()) return fred_error(fmt::format("Variable api_key is not set.  {}", kReadMore));
  if (key != config_.key) {
    return fred_error(
        fmt::format("The value for variable api_key is not registered.  {}", kReadMore));
  }
  const auto series = value_of(parameters, "series_id");
  if (series.empty()) return fred_error("Variable series_id is not set.");
  if (!is_fred_series(series)) return fred_error("The series does not exist.");
  if (value_of(parameters, "file_type") != "json") {
    return fred_error("The simulator speaks file_type=json only.");
  }
  const std::string now = date_text(today());
  json::array list;
  for (const auto& [date, value] : monthly_values(config_.seed, series, today(), kFredMonths)) {
    list.push_back({{"realtime_start", now},
                    {"realtime_end", now},
                    {"date", date_text(date)},
                    {"value", to_text(value, 3)}});
  }
  return json_reply({{"realtime_start", now},
                     {"realtime_end", now},
                     {"observation_start", "1600-01-01"},
                     {"observation_end", "9999-12-31"},
                     {"units", "lin"},
                     {"output_type", 1},
                     {"file_type", "json"},
                     {"order_by", "observation_date"},
                     {"sort_order", "asc"},
                     {"count", list.size()},
                     {"offset", 0},
                     {"limit", 100'000},
                     {"observations", std::move(list)}});
}

Reply DataSource::failure(unsigned status) const {
  return json_reply({{"error_code", status}, {"error_message", "Simulated failure."}}, status);
}

}  // namespace apiforge::sim::data
