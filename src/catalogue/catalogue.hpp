// Catalogue: all use cases of the catalogue over one Ports value, for whoever offers them (REST,
// command line). Any thread of the blocking pool; owned by the application.
#pragma once
#include "catalogue/alert_rules.hpp"
#include "catalogue/apis.hpp"
#include "catalogue/breaker_rules.hpp"
#include "catalogue/credentials.hpp"
#include "catalogue/ports.hpp"
#include "catalogue/quotas.hpp"

namespace apiforge::catalogue {

struct Catalogue {
  explicit Catalogue(Ports the_ports) : ports(std::move(the_ports)) {}
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  const Ports ports;  ///< first: the others refer to it
  Apis apis{ports};
  Credentials credentials{ports};
  Quotas quotas{ports};
  BreakerRules breaker_rules{ports};
  AlertRules alert_rules{ports};
};

}  // namespace apiforge::catalogue
