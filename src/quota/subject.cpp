#include "quota/subject.hpp"

namespace apiforge::quota {

std::int64_t Costs::of(model::LimitUnit unit) const {
  switch (unit) {
    case model::LimitUnit::Requests:
      return requests;
    case model::LimitUnit::Weight:
      return weight;
    case model::LimitUnit::Tokens:
      return tokens;
    case model::LimitUnit::Usd:
      return usd.value;
    case model::LimitUnit::Concurrent:
      return 1;
  }
  return 1;
}

bool is_reserved(model::LimitUnit unit) {
  return unit == model::LimitUnit::Tokens || unit == model::LimitUnit::Usd;
}

}  // namespace apiforge::quota
