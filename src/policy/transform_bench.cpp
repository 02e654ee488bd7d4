#include <benchmark/benchmark.h>

#include "policy/transform.hpp"
#include "policy/transform_fixture.hpp"

namespace apiforge::policy {
namespace {

/// A usual call's values, at hand: what is measured is the transformation.
struct QuickCall final : TransformValues {
  void append(CallValue, std::string_view, std::string& out) const override { out += "192.0.2.7"; }
};

CompiledTransform compiled(const Operations& operations) {
  return *CompiledTransform::compile(operations, TransformOf::Request);
}

void header_set(benchmark::State& state) {
  const auto transform = compiled({set_header("X-Client", "{{client}}"), remove_header("Cookie"),
                                   rename_header("X-Old-Name", "X-New-Name")});
  const std::vector<HeaderField> received{
      {"User-Agent", "curl/8.0"},     {"Accept", "*/*"},         {"Content-Type", "text/plain"},
      {"Accept-Language", "en"},      {"X-Old-Name", "1"},       {"Cookie", "a=b"},
      {"Cache-Control", "no-cache"},  {"X-Trace", "0123456789"}, {"Origin", "https://a.example"},
      {"Accept-Encoding", "gzip, br"}};
  std::vector<HeaderField> fields;
  std::string storage;
  for (auto _ : state) {
    fields = received;
    auto done = transform.edit_fields(fields, QuickCall(), storage);
    benchmark::DoNotOptimize(done);
    benchmark::DoNotOptimize(fields.data());
  }
}

void query_set(benchmark::State& state) {
  const auto transform = compiled({set_query("limit", "100"), remove_query("debug")});
  std::string path;
  std::string query;
  for (auto _ : state) {
    path = "/api/v3/klines";
    query = "symbol=BTCUSDT&interval=1h&limit=5&debug=1";
    auto done = transform.edit_target(path, query, QuickCall());
    benchmark::DoNotOptimize(done);
  }
}

void path_rewrite(benchmark::State& state) {
  const auto transform = compiled({rewrite_path("/v1/(.*)", "/api/v3/\\1")});
  std::string path;
  std::string query;
  for (auto _ : state) {
    path = "/v1/orders/123456";
    auto done = transform.edit_target(path, query, QuickCall());
    benchmark::DoNotOptimize(done);
  }
}

/// About 1 KiB: a page of orders.
std::string orders() {
  std::string body = R"({"account":"a-17","total":9,"items":[)";
  for (int i = 0; i < 9; ++i) {
    body.append(i == 0 ? "" : ",")
        .append(R"({"id":"ord-)")
        .append(std::to_string(1'000 + i))
        .append(R"(","symbol":"BTCUSDT","side":"buy","price":"64123.50","qty":0.0150,)")
        .append(R"("note":"caf\u00e9","internal":1})");
  }
  return body + R"(],"secret":"s"})";
}

void json_set(benchmark::State& state) {
  const auto transform = compiled({set_json("/meta/client", R"("{{client}}")"),
                                   remove_json("/secret"), move_json("/account", "/meta/account")});
  const std::string body = orders();
  for (auto _ : state) {
    auto done = transform.edit_body(body, QuickCall(), 1 << 20);
    benchmark::DoNotOptimize(done);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void json_map(benchmark::State& state) {
  const auto transform =
      compiled({map_json("/items", {remove_json("/internal"), move_json("/qty", "/quantity")})});
  const std::string body = orders();
  for (auto _ : state) {
    auto done = transform.edit_body(body, QuickCall(), 1 << 20);
    benchmark::DoNotOptimize(done);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

BENCHMARK(header_set);
BENCHMARK(query_set);
BENCHMARK(path_rewrite);
BENCHMARK(json_set);
BENCHMARK(json_map);

}  // namespace
}  // namespace apiforge::policy
