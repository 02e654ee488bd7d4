// BreakerView: a breaker with the names of what it guards, for whoever shows or moves it. A value;
// any thread.
#pragma once
#include <memory>
#include <string>

#include "model/identity.hpp"
#include "policy/breaker.hpp"

namespace apiforge::quota {

struct BreakerView {
  model::TenantId tenant{};
  std::string api{};
  std::string version{};
  std::string endpoint{};  ///< URL; empty: of the Api version as a whole
  std::shared_ptr<policy::Breaker> breaker{};
};

}  // namespace apiforge::quota
