// keep: puts replies of the upstream into the cache. Runs on the call's worker. In order:
//
//   on the head of the final reply:  validated(call, head)     → answer_validated, and done
//                                    wants_to_keep(call, head) → copies the body while it is
//                                    relayed
//   for each piece of the body:      copy_body
//   when the body came to its end:   keep
//   when the upstream failed:        answer_stale
//
// A call that ends without `keep` ends its flight all the same: an equal call that waits takes over
// when this one was cancelled, and all that wait go on alone when it failed (`give_up`).
#pragma once
#include <string>

#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/exchange.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// Whether the upstream answered 304 to the gateway's own condition: the kept reply is still right.
bool validated(const Call& call, const net::ResponseHead& head);
/// Renews the kept reply with the fields of the 304 (RFC 9111 3.2, 4.3.4) and delivers it.
net::Task<void> answer_validated(Call& call, WorkerContext& worker, const net::ResponseHead& head);

/// Whether this reply is to be kept. When it is, its head is copied, and its body has to be given
/// to `copy_body`. When it is not, those that wait for it are released at once. Also notes what a
/// reply to an unsafe method invalidates (RFC 9111 4.4). To be asked once, before the head is sent.
bool wants_to_keep(Call& call, WorkerContext& worker, const net::ResponseHead& head);
/// A piece of the body, as it came from the upstream. What grows too large is not kept.
void copy_body(Call& call, const net::Body& body);
/// The body has come to its end, whole. A declared error (`error_replies`) is not kept.
void keep(Call& call, WorkerContext& worker);
/// The same for a reply that was collected whole, after `wants_to_keep` said yes, and before
/// `reshape` has changed it.
void keep(Call& call, WorkerContext& worker, const WholeReply& reply);

/// What the upstream said when a stale reply was asked for anew in the background: takes its place,
/// renews it (304), leaves it (5xx), or makes it go (no longer for the cache).
void keep_renewed(Call& call, WorkerContext& worker, const WholeReply& reply);

/// No reply came. Those that wait go on alone.
void give_up(Call& call);

/// When a stale reply may be used instead of an error.
enum class StaleUse : std::uint8_t {
  OnError,   ///< within stale-if-error of the reply or the Api (RFC 5861)
  Fallback,  ///< an operator's step of the fallback chain: however old
};
/// Gives up the upstream, and delivers what is kept, if anything is and it may be used; false
/// otherwise. Never what forbids it
/// by must-revalidate, proxy-revalidate, s-maxage or no-cache.
net::Task<bool> answer_stale(Call& call, WorkerContext& worker, StaleUse use);

}  // namespace apiforge::gateway::phases
