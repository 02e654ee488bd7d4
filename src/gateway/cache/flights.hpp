// Flights: which equal cold requests are under way, and who waits for them. Kept by the home worker
// of each key. Decisions only: it sends no message. One thread.
//
// The first to ask leads. The others wait until the leader's reply is kept, or turns out not to be
// for them, and are then told; or until the leader ends without having asked, and then the first of
// them leads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/hash.hpp"

namespace apiforge::gateway::cache {

/// One call that asks: its worker, and its number there.
struct Asker {
  std::size_t worker = 0;
  std::uint64_t number = 0;
  friend bool operator==(const Asker&, const Asker&) = default;
};

/// How the call that led has ended.
enum class FlightEnd : std::uint8_t {
  Kept,      ///< its reply is kept now
  NotKept,   ///< there is a reply, which is not for others
  Failed,    ///< the upstream failed: each finds out for itself
  Cancelled  ///< its caller has gone; nobody knows what the upstream would have said
};

class Flights {
 public:
  /// Calls beyond these go alone.
  static constexpr std::size_t kMaxFlights = 65'536;
  static constexpr std::size_t kMaxWaiting = 4'096;  ///< for one flight

  enum class Place : std::uint8_t { Leads, Waits, Alone };
  /// `may_wait`: else it leads or goes alone.
  Place ask(std::string_view key, Asker asker, bool may_wait);

  /// What to tell those that waited.
  struct Landing {
    std::vector<Asker> released;       ///< the flight is over for these
    std::optional<Asker> next_leader;  ///< goes on with it
  };
  /// The call that leads has ended. Nothing happens when `leader` does not lead.
  Landing end(std::string_view key, Asker leader, FlightEnd how);
  /// A call does not wait any more. When it has been made the leader meanwhile, that is an end.
  Landing leave(std::string_view key, Asker asker);

  std::size_t size() const { return flights_.size(); }

 private:
  struct Flight {
    Asker leader;
    std::vector<Asker> waiting;  // the first to come first
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return policy::hash_bytes(key); }
  };
  std::unordered_map<std::string, Flight, Hash, std::equal_to<>> flights_;
};

}  // namespace apiforge::gateway::cache
