// WaitLine: the line of those that wait at one counter, the most urgent first and among equals the
// one that came first. It keeps order only; units are the caller's. Pure; one worker's.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::policy {

class WaitLine {
 public:
  using Id = std::uint64_t;

  /// `most` may wait at once, 1 or more.
  explicit WaitLine(std::size_t most) : most_(most) {}

  /// False when the line is full, `deadline` is not after `now`, or `id` waits already. Who has to
  /// come back passes the time of the first join as `now`, and has the old place again.
  bool join(Id id, model::PriorityClass priority, MonotonicTime deadline, MonotonicTime now);
  /// Whether it waited.
  bool leave(Id id);
  /// Whose turn is next, whatever its deadline; stays in line.
  std::optional<Id> first() const;
  /// One whose deadline is not after `now`, the oldest deadline first; it leaves the line. Each of
  /// these has to be told that its turn did not come.
  std::optional<Id> take_overdue(MonotonicTime now);

  /// MonotonicTime::max() when nobody waits.
  MonotonicTime earliest_deadline() const;
  /// How many would be served before one of that class who joins now.
  std::size_t ahead_of(model::PriorityClass priority) const;
  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }

 private:
  struct Place {
    model::PriorityClass priority{};
    MonotonicTime arrived{};
    std::uint64_t number = 0;  ///< orders those that came at the same moment
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Waiter {
    Id id = 0;
    MonotonicTime deadline{};
  };
  using Line = std::map<Place, Waiter>;
  Id remove(Line::iterator waiter);

  std::size_t most_;
  std::uint64_t joined_ = 0;
  Line line_;
  std::unordered_map<Id, Place> places_;
  std::set<std::pair<MonotonicTime, Place>> deadlines_;
  std::array<std::size_t, model::kPriorityClasses> waiting_{};  ///< of each class
};

}  // namespace apiforge::policy
