// LimitInquiry: asks the limiter of a worker whether a call would be admitted, for the control API,
// which waits for the answer on a thread of the blocking pool.
#pragma once
#include "admin/quota/quota_ports.hpp"
#include "app/worker.hpp"

namespace apiforge::app {

/// Blocks, three seconds at most. QuotaUnavailable when a counter cannot be asked and its limit
/// says `deny`, or when that takes too long.
Result<admin::LimitAnswer> ask_limiter(Worker& worker, const admin::LimitQuestion& question);

}  // namespace apiforge::app
