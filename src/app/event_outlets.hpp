// EventOutlets: where the events of the process go, and where commands of other programs come from:
// the bus that workers publish on, and ZeroMQ when it is switched on. Made, drained and ended on
// the control thread; the Server owns it, and ends the workers before it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/settings.hpp"
#include "base/clock.hpp"
#include "events/bus.hpp"
#include "events/zmq/zmq_intake.hpp"
#include "events/zmq/zmq_publisher.hpp"
#include "observe/health.hpp"
#include "observe/log.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::app {

class EventOutlets {
 public:
  /// `obey` runs on the thread of the intake. In production there is no ZeroMQ without keys; an
  /// address that is taken is a line in the log and not the end of the gateway.
  EventOutlets(const Settings& settings, const Clock& clock, std::string node, observe::Log& log,
               events::ZmqIntake::Handler obey);
  ~EventOutlets();

  events::LocalBus& bus() { return bus_; }
  /// Passes on what waits; each tick of the control thread.
  void drain() { bus_.drain(); }
  /// Ends the intake: nothing is obeyed any more.
  void stop() { intake_.reset(); }

  observe::ComponentHealth health() const;
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

 private:
  Result<void> open(const Settings& settings, const Clock& clock, std::string node,
                    events::ZmqIntake::Handler obey);

  events::LocalBus bus_;
  bool wanted_ = false;
  std::string trouble_;  ///< why ZeroMQ does not run although it is wanted
  std::unique_ptr<events::ZmqContext> context_;
  std::unique_ptr<events::ZmqPublisher> publisher_;
  std::unique_ptr<events::ZmqIntake> intake_;
};

}  // namespace apiforge::app
