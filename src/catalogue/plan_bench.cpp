// What a declarative file with 20 000 routes costs on SQLite: planned and applied the first time,
// planned again without a change, and one change of one Api brought to the workers' list.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <stdexcept>

#include "base/encoding.hpp"
#include "catalogue/feed.hpp"
#include "catalogue/plan.hpp"
#include "model/validate.hpp"
#include "storage/sql/sql_store.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::catalogue;

constexpr int kRoutes = 20'000;

model::Configuration wanted_with(int apis) {
  model::Configuration wanted;
  for (int i = 0; i < apis; ++i) {
    model::Api& api = wanted.apis.emplace_back();
    api.name = "api-" + std::to_string(i);
    api.upstream.endpoints.emplace_back().url = "https://" + api.name + ".example.com/v1";
    for (int route = 0; route < kRoutes / apis; ++route) {
      api.routes.emplace_back().path = "/proxy/" + api.name + "/" + std::to_string(route);
    }
  }
  return wanted;
}

auth::Vault make_vault() {
  std::string bytes(auth::SecretKey::kBytes, 'k');
  bytes[0] = '!';
  return auth::Vault(auth::MasterKeys::parse("one:" + base64(bytes_of(bytes)) + "\n").value());
}

/// A folder and a store in it.
class Installation {
 public:
  Installation() {
    std::string name = (std::filesystem::temp_directory_path() / "apiforge-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    folder_ = name;
    storage::SqlSettings settings;
    settings.data_dir = name;
    store_ = storage::SqlStore::open(settings, clock_).value();
    operator_.tenant.value = model::kPlatformTenant;
    operator_.permissions = model::PermissionSet::all();
    ports_ = std::make_unique<auth::accounts::Ports>(auth::accounts::Ports{.store = *store_,
                                                                           .passwords = hasher_,
                                                                           .token_issuer = {},
                                                                           .credentials = digests_,
                                                                           .clock = clock_,
                                                                           .guard = guard_,
                                                                           .settings = {}});
  }
  ~Installation() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  Plan plan(const model::Configuration& wanted) {
    const auto transaction = store_->begin(storage::Scope::platform(), storage::Mode::Read).value();
    return make_plan(*transaction, vault_, {model::kPlatformTenant}, wanted).value();
  }
  void apply(const model::Configuration& wanted) {
    const Ports ports{.accounts = *ports_,
                      .vault = vault_,
                      .inventory = inventory_,
                      .connectors = {"http"},
                      .check_address = {},
                      .check_compiles = {}};
    const auth::accounts::Actor actor{.caller = &operator_};
    if (!catalogue::apply(ports, actor, plan(wanted), wanted)) {
      throw std::runtime_error("the plan was refused");
    }
  }
  /// What a server has in memory, empty as at its start.
  struct Memory {
    explicit Memory(Installation& installation)
        : inventory([file = installation.file_] { return file; }),
          feed(
              *installation.store_, installation.vault_, inventory, [](const auto&) {},
              [](const Error&) {}) {}
    Inventory inventory;
    CatalogueFeed feed;
  };

 private:
  SystemClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<storage::SqlStore> store_;
  auth::PasswordHasher hasher_{{.memory_kib = 8, .passes = 1}, 1, 1};
  auth::CredentialHasher digests_{Secret(std::string(32, 'k'))};
  auth::accounts::LoginGuard guard_{{}, 42, clock_};
  auth::Caller operator_;
  std::unique_ptr<auth::accounts::Ports> ports_;
  auth::Vault vault_ = make_vault();
  std::shared_ptr<const model::Configuration> file_ =
      std::make_shared<const model::Configuration>();
  Inventory inventory_{[this] { return file_; }};
};

void validate_all(benchmark::State& state) {
  const auto wanted = wanted_with(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(model::validate(wanted, {"http"}));
}
BENCHMARK(validate_all)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

void apply_all(benchmark::State& state) {
  const auto wanted = wanted_with(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    auto installation = std::make_unique<Installation>();
    state.ResumeTiming();
    installation->apply(wanted);
    state.PauseTiming();
    installation.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(apply_all)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void plan_without_changes(benchmark::State& state) {
  const auto wanted = wanted_with(static_cast<int>(state.range(0)));
  Installation installation;
  installation.apply(wanted);
  for (auto _ : state) {
    if (!installation.plan(wanted).empty()) state.SkipWithError("there are changes");
  }
}
BENCHMARK(plan_without_changes)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

void start_with_all(benchmark::State& state) {
  Installation installation;
  installation.apply(wanted_with(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    Installation::Memory memory(installation);
    memory.feed.catch_up().value();
    if (memory.feed.current()->apis.empty()) state.SkipWithError("nothing was read");
  }
}
BENCHMARK(start_with_all)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void feed_one_change(benchmark::State& state) {
  auto wanted = wanted_with(static_cast<int>(state.range(0)));
  Installation installation;
  installation.apply(wanted);
  Installation::Memory memory(installation);
  memory.feed.catch_up().value();
  for (auto _ : state) {
    state.PauseTiming();
    wanted.apis[7].enabled = !wanted.apis[7].enabled;
    installation.apply(wanted);
    state.ResumeTiming();
    memory.feed.catch_up().value();
  }
}
BENCHMARK(feed_one_change)
    ->Arg(20'000)
    ->Iterations(20)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
