// HttpServer: one listening port in front of one Simulator. HTTP/1.1 with keep-alive and WebSocket,
// by Boost.Beast: on purpose another implementation than the gateway's own. It plays the faults of
// faults.hpp and answers, for tests,
//   GET  /sim/requests  what arrived (request_log.hpp)
//   POST /sim/reset     simulator and log as they were at the start
// Lives on the one thread that runs the io_context; owned by main.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace apiforge::sim {

class Simulator;

class HttpServer {
 public:
  /// `simulator` must outlive the server and the run of `context`.
  HttpServer(boost::asio::io_context& context, Simulator& simulator);
  ~HttpServer();

  /// Starts to accept on `host` (an IP address) and `port`, 0 for any free one. Returns the port,
  /// or says why it could not.
  std::expected<std::uint16_t, std::string> listen(const std::string& host, std::uint16_t port);

 private:
  struct Shared;
  boost::asio::io_context& context_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace apiforge::sim
