// CacheTicket: what one Call that goes upstream has to do with the cache, from `recall` to `keep`.
// Owned by the Call (`Call::keep`); on the call's worker. A fresh hit needs none.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/cache/flight_ticket.hpp"
#include "gateway/cache/flight_wait.hpp"
#include "gateway/cache/kept_reply.hpp"
#include "gateway/call.hpp"
#include "policy/http_cache.hpp"

namespace apiforge::gateway::cache {

/// Why a call goes upstream, as `Cache-Status` names it (RFC 9211 2.2).
enum class Forwarded : std::uint8_t {
  Miss,    ///< nothing was kept
  Stale,   ///< what is kept is too old
  Request  ///< the request wants a reply that is not from a cache
};

class CacheTicket final : public CallTicket {
 public:
  void on_caller_gone() override {
    if (waiting) waiting->cancel();
  }

  std::string key;  ///< never holds a credential
  std::uint64_t hash = 0;
  CacheOwner owner;  ///< the Api
  Forwarded forwarded = Forwarded::Miss;
  policy::RequestFacts request;   ///< views into the request's fields
  KeptPtr stale;                  ///< known, but not fresh: to be validated, or used on errors
  bool validates = false;         ///< the upstream is asked only whether `stale` is still right
  FlightTicket flight;            ///< others wait for this call's reply while it is held
  FlightWait* waiting = nullptr;  ///< set while this call waits for another
  MonotonicTime asked{};          ///< when it went upstream
  /// What of the reply is copied while it is relayed; see phases/keep.hpp.
  std::unique_ptr<KeptReply> copy;  ///< null: nothing is copied
  std::size_t copy_limit = 0;       ///< bytes of body
};

/// Lets the call ask only whether `ticket.stale` is still right, if it has validators.
void set_conditions(Call& call, CacheTicket& ticket);

}  // namespace apiforge::gateway::cache
