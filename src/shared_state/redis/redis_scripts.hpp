// The scripts that run inside Redis, each with one key, so that they work on Redis Cluster too.
// Values; any thread.
#pragma once
#include <string>
#include <string_view>

namespace apiforge::shared_state {

struct RedisScript {
  std::string_view text;
  std::string digest;  ///< SHA-1 in hexadecimal, as EVALSHA takes it
};

/// A lease of units of a rate, paid in advance: GCRA on the clock of Redis. The key holds the
/// theoretical arrival time (TAT): the time at which the bucket is full again.
///   KEYS[1]  the bucket
///   ARGV     amount, per in microseconds, burst; units; whether exactly those (1 or 0);
///            the last TAT that the node knows (0: none); since when it is empty at least, in
///            microseconds of this clock (0: never was, -1: now); for how many microseconds of the
///            rate units were used beside it, which are taken now, up to a burst more than there
///            are
///   returns  granted units; microseconds until the next ones when there are none; TAT; the clock
const RedisScript& lease_script();

/// The same for a rate that is counted by windows, which begin at whole multiples of `per`. The key
/// holds the number of a window, its units, those of the window before, and since when it fills
/// evenly (0: it does not): one that was empty at some time gets `amount` for each `per` from then
/// on until its end.
///   KEYS[1]  the window
///   ARGV     as above, without a meaning of burst and of units beside it; whether it slides (1 or
///            0); the last units of the window that the node knows
///   returns  as above, the TAT being the time at which nothing of it counts any more; microseconds
///            until the window ends; its units (0: as in a window that fills evenly)
const RedisScript& window_script();

/// A sign of life of a node, and the count of those that have given one lately.
///   KEYS[1]  a sorted set of nodes by the time of their last sign
///   ARGV     the node; for how many microseconds a sign counts
///   returns  live nodes; whether this one was among them; the clock in microseconds
const RedisScript& beat_script();

}  // namespace apiforge::shared_state
