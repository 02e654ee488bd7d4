// What a WorkerContext of a test needs for limits and shedding: no limits, and no load. One thread;
// owned by the test, after its loop.
#pragma once
#include "gateway/load_probe.hpp"
#include "gateway/turn_clock.hpp"
#include "quota/limit_table.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway {

struct WorkerLimits {
  explicit WorkerLimits(net::EventLoop& event_loop, quota::BlockSource* source = nullptr)
      : loop(event_loop), durable(source) {}

  net::EventLoop& loop;
  quota::BlockSource* durable;  ///< of quotas with a period; may be null
  quota::LimitTable table;
  quota::Limiter limiter{
      {.table = table,
       .durable = durable,
       .post = [this](std::move_only_function<void()> work) { loop.post(std::move(work)); },
       .now = [this] { return loop.now(); }}};
  TurnClock turns{loop, limiter};
  policy::LoadShedder shedder{{}};
  LoadProbe load_probe{loop, shedder};
};

}  // namespace apiforge::gateway
