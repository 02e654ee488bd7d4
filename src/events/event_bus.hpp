// EventBus: the port through which the parts of a node tell of what happened. Never blocks and
// never fails: what cannot be taken is dropped and counted. Any thread. Adapters: memory (in the
// process), zmq (for others).
#pragma once
#include <cstdint>

#include "events/event.hpp"

namespace apiforge::events {

class EventBus {
 public:
  virtual ~EventBus() = default;
  virtual void publish(Event event) = 0;
  virtual std::uint64_t dropped() const = 0;
};

}  // namespace apiforge::events
