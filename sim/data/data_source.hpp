// DataSource: two providers of economic data in one. `/query` is Alpha Vantage's (key in the query,
// and its refusals come with status 200); `/fred/...` is FRED's (refusals with status 400). Owned
// by main; the server's thread only.
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "sim/parameters.hpp"
#include "sim/simulator.hpp"

namespace apiforge::sim::data {

struct Config {
  /// 32 hexadecimal digits, as FRED's keys are.
  std::string key = "0123456789abcdef0123456789abcdef";
  std::uint64_t seed = 1;
  std::int64_t daily_limit = 25;  ///< of /query, a day (UTC)
};

class DataSource final : public Simulator {
 public:
  DataSource(const Clock& clock, Config config) : clock_(clock), config_(std::move(config)) {}

  Reply reply(const Request& request) override;
  Reply failure(unsigned status) const override;
  void reset() override { used_today_ = 0; }

 private:
  Reply query(const Parameters& parameters);
  Reply observations(const Parameters& parameters) const;
  /// Counts a request; false when the day's are used up.
  bool take_from_day();
  /// Days since 1970-01-01.
  std::int64_t today() const;

  const Clock& clock_;
  Config config_;
  std::int64_t day_ = 0;
  std::int64_t used_today_ = 0;
};

}  // namespace apiforge::sim::data
