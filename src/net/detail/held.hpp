// Held: keeps a TransportListener alive while an operation of its transport is under way.
#pragma once
#include <utility>

#include "net/transport.hpp"

namespace apiforge::net::detail {

class Held {
 public:
  explicit Held(TransportListener& listener) : listener_(&listener) { listener.add_reference(); }
  Held(Held&& other) noexcept : listener_(std::exchange(other.listener_, nullptr)) {}
  Held& operator=(Held&&) = delete;
  ~Held() {
    if (listener_) listener_->drop_reference();
  }
  TransportListener* operator->() const { return listener_; }

 private:
  TransportListener* listener_;
};

}  // namespace apiforge::net::detail
