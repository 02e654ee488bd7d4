// Balancer and outlier detector together, with simulated callers and endpoints: what callers feel
// when endpoints turn slow. The bounds are promises of docs/health_checks.md; what they were chosen
// among was measured with the same simulation.
#include <gtest/gtest.h>

#include <algorithm>
#include <queue>

#include "policy/balancer.hpp"
#include "policy/outlier.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr MonotonicTime kSimulationStart{std::chrono::hours(1)};
constexpr MonotonicTime kTurn =
    kSimulationStart + seconds(10);  ///< from now on half of them are slow
constexpr MonotonicTime kSettled = kTurn + seconds(5);
constexpr MonotonicTime kEnd = kTurn + seconds(40);
constexpr int kSlower = 20;

struct Scene {
  std::size_t endpoints = 4;
  std::size_t callers = 16;  ///< each calls again as soon as it is answered, after `pause`
  milliseconds usual{5};
  milliseconds pause{0};
  model::Balancing balancing = model::Balancing::P2cEwma;
  std::uint32_t latency_factor = 0;
};

double p99(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto rank = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::ranges::nth_element(values, rank);
  return *rank;
}

class Simulation {
 public:
  explicit Simulation(const Scene& scene)
      : scene_(scene),
        names_(scene.endpoints),
        loads_(scene.endpoints),
        balancer_({.balancing = scene.balancing}, names_),
        outliers_({.latency_factor = scene.latency_factor}, scene.endpoints) {}

  /// p99 of what callers waited from kSettled on, over p99 before kTurn.
  double ratio() {
    for (std::size_t i = 0; i < scene_.callers; ++i) {
      pending_.push({.at = kSimulationStart + nanoseconds(random_.below(5'000'000))});
    }
    while (!pending_.empty() && pending_.top().at < kEnd) {
      const Event event = pending_.top();
      pending_.pop();
      event.answer ? take_answer(event) : send(event.at);
    }
    return p99(after_) / p99(before_);
  }

 private:
  struct Event {
    MonotonicTime at{};
    bool answer = false;
    std::size_t endpoint = 0;
    MonotonicTime sent{};
    bool operator<(const Event& other) const { return at > other.at; }
  };

  nanoseconds service_time(std::size_t endpoint, MonotonicTime now) {
    double time = static_cast<double>(nanoseconds(scene_.usual).count());
    time *= 0.7 + 0.6 * random_.unit();
    if (random_.below(50) == 0) time *= 1 + 2 * random_.unit();
    if (now >= kTurn && endpoint < scene_.endpoints / 2) time *= kSlower;
    return nanoseconds(static_cast<std::int64_t>(time));
  }

  void send(MonotonicTime now) {
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      loads_[i].probation = outliers_.is_on_probation(i);
      set_available(loads_[i], !outliers_.is_ejected(i, now), now, nanoseconds(0));
    }
    const std::size_t chosen = *balancer_.choose(loads_, {.now = now}, random_);
    ++loads_[chosen].in_flight;
    pending_.push({now + service_time(chosen, now), true, chosen, now});
  }

  void take_answer(const Event& event) {
    const nanoseconds latency = event.at - event.sent;
    --loads_[event.endpoint].in_flight;
    observe_latency(loads_[event.endpoint], event.at, latency);
    outliers_.on_result(event.endpoint, CallResult::Success, event.at, latency);
    const double waited = duration<double, std::milli>(latency).count();
    if (event.at < kTurn) before_.push_back(waited);
    if (event.sent > kSettled) after_.push_back(waited);
    pending_.push({.at = event.at + scene_.pause});
  }

  Scene scene_;
  Random random_{20261123};
  std::vector<std::string> names_;
  std::vector<EndpointLoad> loads_;
  Balancer balancer_;
  OutlierDetector outliers_;
  std::priority_queue<Event> pending_;
  std::vector<double> before_;
  std::vector<double> after_;
};

TEST(EndpointChoiceSimulation, peak_ewma_keeps_callers_from_slow_endpoints_by_itself) {
  for (const std::size_t endpoints : {2u, 4u, 10u}) {
    for (const auto usual : {milliseconds(1), milliseconds(20)}) {
      for (const std::size_t callers : {4u, 32u}) {
        Simulation simulation({.endpoints = endpoints, .callers = callers, .usual = usual});
        EXPECT_LE(simulation.ratio(), 2)
            << endpoints << " endpoints, " << usual.count() << " ms, " << callers << " callers";
      }
    }
  }
}

TEST(EndpointChoiceSimulation, also_with_twenty_calls_a_second) {
  for (const std::size_t endpoints : {2u, 4u, 10u}) {
    Simulation simulation({.endpoints = endpoints,
                           .callers = 10,
                           .usual = milliseconds(20),
                           .pause = milliseconds(480)});
    EXPECT_LE(simulation.ratio(), 2) << endpoints << " endpoints";
  }
}

TEST(EndpointChoiceSimulation, ejection_for_latency_does_it_for_the_other_policies) {
  for (const auto balancing : {model::Balancing::RoundRobin, model::Balancing::LeastRequest,
                               model::Balancing::WeightedRoundRobin}) {
    Simulation without({.balancing = balancing});
    EXPECT_GT(without.ratio(), 5);
    Simulation with({.balancing = balancing, .latency_factor = 5});
    EXPECT_LE(with.ratio(), 2);
  }
}

}  // namespace
}  // namespace apiforge::policy
