// Sends a whole reply to the caller, in the form in which the caller asked.
#pragma once
#include <string>
#include <string_view>

#include "gateway/call.hpp"
#include "gateway/whole_reply.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::phases {

/// The reply as it is, or its envelope when `call.face` asks for one; without a body to HEAD.
/// `extra_lines` (`Name: value\r\n`) are further fields. Sets status, end and bytes_out of the
/// Call. `reply` must live until this ends. A detached Call gets nothing, and is done.
net::Task<void> deliver(Call& call, WorkerContext& worker, const WholeReply& reply,
                        std::string_view extra_lines);

/// A reply of the gateway's own: `type` is its Content-Type, `call.reply_lines` further fields.
/// It is the same in every form.
net::Task<void> deliver_own(Call& call, int status, std::string_view type, std::string_view body);

/// The fields that every reply of an upstream gets from us, appended: X-Request-ID, those of the
/// Api's deprecation, X-Fallback, those of its limits, and `call.reply_lines`.
void append_reply_lines(const Call& call, std::string& out);

}  // namespace apiforge::gateway::phases
