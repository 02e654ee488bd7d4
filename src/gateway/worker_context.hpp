// WorkerContext: what the phases of one worker share. References to objects that the worker owns;
// one thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "auth/audit/refusal_queue.hpp"
#include "auth/authenticator.hpp"
#include "auth/directory.hpp"
#include "base/clock.hpp"
#include "events/event_bus.hpp"
#include "gateway/api_runtime.hpp"
#include "gateway/cache/worker_cache.hpp"
#include "gateway/load_probe.hpp"
#include "gateway/local_endpoints.hpp"
#include "gateway/turn_clock.hpp"
#include "model/network.hpp"
#include "net/event_loop.hpp"
#include "observe/call_log.hpp"
#include "observe/log.hpp"
#include "policy/load_shedder.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway {

/// Static settings of the data plane.
struct GatewaySettings {
  std::vector<model::Cidr> trusted_proxies;    ///< whose X-Forwarded-* and Forwarded are believed
  std::chrono::milliseconds slow_call{1'000};  ///< for calls that match no Api
  std::uint64_t max_body_bytes = 64ull << 20;  ///< no Api may allow more
};

struct WorkerContext {
  net::EventLoop& loop;
  const GatewaySettings& settings;
  WorkerView& view;
  cache::WorkerCache& cache;
  LocalEndpoints& local;
  auth::Authenticator& authenticator;
  const std::shared_ptr<const auth::Directory>& directory;  ///< never null; replaced between calls
  auth::RefusalQueue& refusals;
  observe::WorkerCells& cells;
  observe::CallLogWriter& call_log;
  quota::Limiter& limiter;
  TurnClock& turns;  ///< of `limiter`
  policy::LoadShedder& shedder;
  LoadProbe& load_probe;               ///< of `shedder`
  events::EventBus* events = nullptr;  ///< null: nobody is told
  std::vector<net::Field> fields;      ///< scratch for heads; used between two suspensions only
  std::uint32_t detached_calls = 0;    ///< under way; see phases/detached_call.hpp
};

}  // namespace apiforge::gateway
