// LimitInquiry: asks the limiter of a worker whether a call would be admitted, for the control API,
// which waits for the answer on a thread of the blocking pool.
#pragma once
#include <functional>

#include "admin/quota/quota_ports.hpp"
#include "app/worker.hpp"

namespace apiforge::app {

/// A limiter and the loop whose thread alone may use it.
struct LimiterHome {
  net::EventLoop& loop;
  quota::Limiter& limiter;
  std::function<void()> set_turn_clock;  ///< on the loop: somebody waits in the limiter's lines
};

/// Blocks, three seconds at most. QuotaUnavailable when a counter cannot be asked and its limit
/// says `deny`, or when that takes too long. A question that takes nothing does not ask for the
/// units of a strict shared limit, since such an answer is paid for: what this node knows of the
/// limit decides then, and `remaining` is what was asked for.
Result<admin::LimitAnswer> ask_limiter(LimiterHome home, const admin::LimitQuestion& question);
Result<admin::LimitAnswer> ask_limiter(Worker& worker, const admin::LimitQuestion& question);

}  // namespace apiforge::app
