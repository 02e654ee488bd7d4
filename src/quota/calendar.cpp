#include "quota/calendar.hpp"

namespace apiforge::quota {
namespace {

namespace chrono = std::chrono;

chrono::year_month month_of(WallTime at) {
  const chrono::year_month_day date(chrono::floor<chrono::days>(at));
  return date.year() / date.month();
}

WallTime first_of(chrono::year_month month) {
  return chrono::sys_days(month / chrono::day(1));
}

}  // namespace

WallTime period_start(WallTime at, model::Period period) {
  switch (period) {
    case model::Period::Minute:
      return chrono::floor<chrono::minutes>(at);
    case model::Period::Hour:
      return chrono::floor<chrono::hours>(at);
    case model::Period::Day:
      return chrono::floor<chrono::days>(at);
    case model::Period::Month:
      break;
  }
  return first_of(month_of(at));
}

WallTime period_end(WallTime at, model::Period period) {
  switch (period) {
    case model::Period::Minute:
      return chrono::floor<chrono::minutes>(at) + chrono::minutes(1);
    case model::Period::Hour:
      return chrono::floor<chrono::hours>(at) + chrono::hours(1);
    case model::Period::Day:
      return chrono::floor<chrono::days>(at) + chrono::days(1);
    case model::Period::Month:
      break;
  }
  return first_of(month_of(at) + chrono::months(1));
}

}  // namespace apiforge::quota
