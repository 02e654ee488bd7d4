// WorkerTest: a worker without sockets, for tests of phases: no limits, no load, nothing kept,
// unless the test says so. One thread.
#pragma once
#include <gtest/gtest.h>

#include "auth/directory.hpp"
#include "gateway/gateway_fixture.hpp"
#include "gateway/phases/phases.hpp"
#include "quota/limit_table.hpp"

namespace apiforge::gateway {

class WorkerTest : public testing::Test {
 protected:
  struct Given {
    quota::BlockSource* durable = nullptr;  ///< of quotas with a period
    events::EventBus* events = nullptr;
    std::size_t cache_bytes = 0;
  };
  WorkerTest() : WorkerTest(Given{}) {}
  explicit WorkerTest(const Given& given) : given_(given) {}

  void run() {
    for (int i = 0; i < 20; ++i) loop_.poll();
  }

  const Given given_;
  SimulatedClock clock_;
  net::EventLoop loop_{clock_, 1};
  GatewaySettings settings_;
  net::Dialer dialer_{loop_, [](const std::string&) { return true; }};
  observe::MetricsRegistry metrics_{{}, WallTime{}};
  std::string scratch_;
  WorkerView view_{{.worker_index = 0,
                    .loop = loop_,
                    .dialer = dialer_,
                    .metrics = metrics_,
                    .scratch = scratch_}};
  cache::WorkerCache cache_{loop_, std::make_shared<cache::CacheRing>(1, 1), 0, given_.cache_bytes};
  NoLocalEndpoints local_;
  std::shared_ptr<const auth::Directory> directory_ = std::make_shared<const auth::Directory>();
  auth::Authenticator authenticator_{
      std::make_shared<const auth::CredentialHasher>(Secret(std::string(32, 'k'))), {}};
  auth::RefusalQueue refusals_;
  std::shared_ptr<observe::WorkerCells> cells_ = std::make_shared<observe::WorkerCells>();
  observe::CallLogWriter call_log_{observe::LineFormat::Text, false, cells_};
  quota::LimitTable limit_table_;
  quota::Limiter limiter_{
      {.table = limit_table_,
       .durable = given_.durable,
       .post = [this](std::move_only_function<void()> work) { loop_.post(std::move(work)); },
       .now = [this] { return loop_.now(); }}};
  TurnClock turns_{loop_, limiter_};
  policy::LoadShedder shedder_{{}};
  LoadProbe load_probe_{loop_, shedder_};
  WorkerContext worker_{.loop = loop_,
                        .settings = settings_,
                        .view = view_,
                        .cache = cache_,
                        .local = local_,
                        .authenticator = authenticator_,
                        .directory = directory_,
                        .refusals = refusals_,
                        .cells = *cells_,
                        .call_log = call_log_,
                        .limiter = limiter_,
                        .turns = turns_,
                        .shedder = shedder_,
                        .load_probe = load_probe_,
                        .events = given_.events,
                        .fields = {}};
};

}  // namespace apiforge::gateway
