// What SQLite costs: a million API keys stored, and read in one go as a node does when it starts.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <stdexcept>

#include "storage/records.hpp"
#include "storage/sql/sql_store.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::storage;

constexpr int kKeys = 1'000'000;
constexpr int kPerTransaction = 10'000;

model::ApiKey key(int number) {
  model::ApiKey key;
  key.id.value = "k" + std::to_string(1'000'000'000 + number);
  key.tenant.value = "tenant" + std::to_string(number % 1'000);
  key.owner.value = "owner" + std::to_string(number % 10'000);
  key.name = "key";
  key.scopes = {model::Permission::GatewayCall};
  std::string digest(32, '\0');
  for (int i = 0; i < 4; ++i)
    digest[static_cast<std::size_t>(i)] = static_cast<char>(number >> (8 * i));
  key.secrets = {{.digest = digest, .last4 = "abcd", .until = std::nullopt}};
  return key;
}

/// A folder and the store in it, for the whole run.
struct Place {
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "apiforge-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    folder = name;
    SqlSettings settings;
    settings.data_dir = name;
    store = SqlStore::open(settings, clock).value();
  }
  ~Place() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void fill() {
    for (int first = filled; first < kKeys; first += kPerTransaction) {
      const auto transaction = store->begin(Scope::platform(), Mode::Write).value();
      for (int i = 0; i < kPerTransaction; ++i) (void)insert(*transaction, key(first + i)).value();
      transaction->commit().value();
    }
    filled = kKeys;
  }

  SystemClock clock;
  std::filesystem::path folder;
  std::unique_ptr<SqlStore> store;
  int filled = 0;
  int next = kKeys;  ///< of single changes
};

Place& place() {
  static Place place;
  return place;
}

void store_a_million_keys(benchmark::State& state) {
  for (auto _ : state) place().fill();
}
BENCHMARK(store_a_million_keys)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

void follow_a_million_changes(benchmark::State& state) {
  place().fill();
  const std::vector kinds{Kind::Tenant, Kind::User, Kind::ApiKey, Kind::Session, Kind::Role};
  for (auto _ : state) {
    std::size_t keys = 0;
    const auto transaction = place().store->begin(Scope::platform(), Mode::Read).value();
    transaction
        ->for_each_change(kinds, 0,
                          [&](const Record& record) {
                            if (record.kind != Kind::ApiKey) return;
                            keys += from_record<model::ApiKey>(record)->value.secrets.size();
                          })
        .value();
    if (keys != static_cast<std::size_t>(kKeys)) state.SkipWithError("keys are missing");
  }
}
BENCHMARK(follow_a_million_changes)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

void find_one_of_a_million(benchmark::State& state) {
  place().fill();
  const auto transaction = place().store->begin(Scope::platform(), Mode::Read).value();
  int number = 0;
  for (auto _ : state) {
    number = (number + 7'919) % kKeys;
    benchmark::DoNotOptimize(find<model::ApiKey>(*transaction, key(number).id.value));
  }
}
BENCHMARK(find_one_of_a_million);

void commit_one_change(benchmark::State& state) {
  for (auto _ : state) {
    const auto transaction = place().store->begin(Scope::platform(), Mode::Write).value();
    (void)insert(*transaction, key(place().next++)).value();
    transaction->commit().value();
  }
}
BENCHMARK(commit_one_change)->UseRealTime();

}  // namespace
