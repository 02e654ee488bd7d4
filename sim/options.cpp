#include "sim/options.hpp"

#include <CLI/CLI.hpp>

namespace apiforge::sim {
namespace {

/// Numbers as CLI11 reads them, before they become durations.
struct Milliseconds {
  std::int64_t clock_skew = 0;
  std::int64_t event_interval = 100;
  std::int64_t chunk_interval = 0;
};

void declare(CLI::App& app, Options& options, Milliseconds& times, std::uint64_t& seed) {
  app.add_option("--host", options.host, "IP address to listen on")->capture_default_str();
  app.add_option("--seed", seed, "of everything that is random")->capture_default_str();

  app.add_option("--exchange-port", options.exchange_port, "start the exchange; 0: any free port");
  app.add_option("--exchange-key", options.exchange.keys.key, "API key of the trader")
      ->capture_default_str();
  app.add_option("--exchange-secret", options.exchange.keys.secret, "secret of the trader")
      ->capture_default_str();
  app.add_option("--weight-limit", options.exchange.venue.limits.weight_per_minute,
                 "request weight a minute")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--order-limit", options.exchange.venue.limits.orders_per_10_seconds,
                 "new orders in 10 seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--clock-skew-ms", times.clock_skew, "how far the exchange's clock is ahead")
      ->capture_default_str();
  app.add_option("--ws-interval-ms", times.event_interval,
                 "between moves of the markets and events of their streams")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();

  app.add_option("--llm-port", options.llm_port, "start the LLM provider; 0: any free port");
  app.add_option("--llm-key", options.llm.key, "its bearer token")->capture_default_str();
  app.add_option("--llm-model", options.llm.more_models, "a model to offer besides the usual ones");
  app.add_option("--llm-chunk-interval-ms", times.chunk_interval, "between events of a stream")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();

  app.add_option("--data-port", options.data_port, "start the data source; 0: any free port");
  app.add_option("--data-key", options.data.key, "its API key")->capture_default_str();
  app.add_option("--data-daily-limit", options.data.daily_limit, "requests of /query a day")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

bool starts_nothing(const Options& options) {
  return !options.exchange_port && !options.llm_port && !options.data_port;
}

bool has_empty_key(const Options& options) {
  return options.exchange.keys.key.empty() || options.exchange.keys.secret.empty() ||
         options.llm.key.empty() || options.data.key.empty();
}

}  // namespace

std::expected<Options, EarlyExit> parse_options(int argc, const char* const* argv) {
  Options options;
  Milliseconds times;
  std::uint64_t seed = 1;
  CLI::App app("Plays upstreams of a gateway: an exchange, an LLM provider, a data source.",
               "apiforge-sim");
  declare(app, options, times, seed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(EarlyExit{0, app.help()});
  } catch (const CLI::ParseError& error) {
    return std::unexpected(
        EarlyExit{kExitUsage, std::string("apiforge-sim: ") + error.what() + "\nTry --help.\n"});
  }
  if (starts_nothing(options)) {
    return std::unexpected(EarlyExit{
        kExitUsage,
        "apiforge-sim: nothing to start: give --exchange-port, --llm-port or --data-port\n"});
  }
  if (has_empty_key(options)) {
    return std::unexpected(
        EarlyExit{kExitConfig, "apiforge-sim: a key or secret must not be empty\n"});
  }
  options.exchange.venue.clock_skew = std::chrono::milliseconds(times.clock_skew);
  options.exchange.venue.step = std::chrono::milliseconds(times.event_interval);
  options.llm.chunk_interval = std::chrono::milliseconds(times.chunk_interval);
  options.exchange.venue.seed = options.llm.seed = options.data.seed = seed;
  return options;
}

}  // namespace apiforge::sim
