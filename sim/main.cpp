// apiforge-sim: one program, one thread, up to three upstreams, each on a port of its own.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "base/clock.hpp"
#include "sim/http_server.hpp"
#include "sim/options.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::sim;

/// A simulator and the port before it.
struct Stand {
  std::string_view name;
  std::optional<std::uint16_t> port;
  Simulator& simulator;
  std::unique_ptr<HttpServer> server = nullptr;
};

int run(const Options& options) {
  const SystemClock clock;
  boost::asio::io_context context(1);
  exchange::Exchange exchange(clock, options.exchange);
  llm::Provider llm(clock, options.llm);
  data::DataSource data(clock, options.data);
  Stand stands[] = {{"exchange", options.exchange_port, exchange},
                    {"llm", options.llm_port, llm},
                    {"data", options.data_port, data}};
  for (Stand& stand : stands) {
    if (!stand.port) continue;
    stand.server = std::make_unique<HttpServer>(context, stand.simulator);
    const auto port = stand.server->listen(options.host, *stand.port);
    if (!port) {
      std::cerr << "apiforge-sim: " << stand.name << " " << port.error() << "\n";
      return kExitConfig;
    }
    const bool is_v6 = options.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + options.host + "]" : options.host;
    std::cout << stand.name << " http://" << host << ":" << *port << std::endl;
  }
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](auto, int) { context.stop(); });
  std::cout << "ready" << std::endl;
  context.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (options) return run(*options);
  const auto& [code, text] = options.error();
  (code == 0 ? std::cout : std::cerr) << text;
  return code;
}
