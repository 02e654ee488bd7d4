// Simulator: one upstream that is played (an exchange, an LLM provider, a data source), and
// Channel: one WebSocket conversation with it. Both are called by the HttpServer, on its thread
// only.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/message.hpp"

namespace apiforge::sim {

/// Pulled by the server: events that nobody has time to take are never collected.
class Channel {
 public:
  virtual ~Channel() = default;
  /// A text message of the peer; returns the messages to answer at once.
  virtual std::vector<std::string> receive(std::string_view message) = 0;
  /// Called every `interval()`; returns the events since the call before.
  virtual std::vector<std::string> tick() = 0;
  virtual std::chrono::milliseconds interval() const = 0;
};

class Simulator {
 public:
  virtual ~Simulator() = default;
  virtual Reply reply(const Request& request) = 0;
  /// A reply of this status in the provider's own error shape, for the `status=` fault.
  virtual Reply failure(unsigned status) const = 0;
  /// Back to how it was at the start.
  virtual void reset() = 0;
  /// The conversation of a WebSocket handshake; null where there is none at this target.
  virtual std::unique_ptr<Channel> open(const Request&) { return nullptr; }
};

}  // namespace apiforge::sim
