// EventOutlets: where the events of the process go, and where commands of other programs come from:
// the bus that workers publish on, and ZeroMQ when it is switched on. Made, started, drained and
// ended on the control thread; the Server owns it, and ends the workers before it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
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
  /// Those it is given must outlive it.
  EventOutlets(const Settings& settings, const Clock& clock, std::string node, observe::Log& log);
  ~EventOutlets();

  events::LocalBus& bus() { return bus_; }
  /// Opens ZeroMQ. From now on `obey` runs on the thread of the intake, so all that it needs is
  /// there. In production there is no ZeroMQ without keys; an address that is taken is a line in
  /// the log and not the end of the gateway.
  void start(events::ZmqIntake::Handler obey);
  /// Passes on what waits; each tick of the control thread. A socket that could not be opened is
  /// tried again each second: its port may be one that a predecessor gives up.
  void drain();
  /// Gives up both ports, for a successor or at the end: waits for the command under way; nothing
  /// is obeyed or published over ZeroMQ any more.
  void release();

  /// Any thread.
  observe::ComponentHealth health() const;
  /// Control thread.
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

 private:
  enum class Phase : std::uint8_t { New, Open, Released };

  void open_what_is_missing();
  Result<void> open_context();
  Result<void> open_publisher();
  Result<void> open_intake();

  const Settings& settings_;
  const Clock& clock_;
  const std::string node_;
  observe::Log& log_;
  const bool wanted_;
  const WallTime started_;
  events::LocalBus bus_;
  events::ZmqIntake::Handler obey_;
  MonotonicTime next_try_{};
  mutable std::mutex mutex_;  ///< guards the two below, which any thread asks for
  Phase phase_ = Phase::New;
  std::string trouble_;  ///< why ZeroMQ does not run although it is wanted
  std::unique_ptr<events::ZmqContext> context_;
  std::unique_ptr<events::ZmqPublisher> publisher_;
  std::unique_ptr<events::ZmqIntake> intake_;
};

}  // namespace apiforge::app
