// RedisServer: a real Redis of the machine's package, in a temporary folder of its own, on loopback
// and a free port, without persistence. One thread; owned by the test.
#pragma once
#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_folder.hpp"

namespace apiforge::testing_support {

class RedisServer {
 public:
  /// `options`: further ones of its command line, such as `--requirepass`, `secret`. Throws
  /// std::runtime_error with the server's log when it does not start.
  explicit RedisServer(std::vector<std::string> options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  /// Ends it in order; connections are cut.
  void stop() { end(SIGTERM); }
  /// Ends it at once, as a power cut would.
  void kill() { end(SIGKILL); }
  /// Starts it again on the same port; its data are gone.
  void start();
  /// Stops it in its tracks: connections stay, nothing is answered.
  void pause();
  void resume();

  /// Runs one command and returns its reply as it came, for example `:1\r\n`; empty when there is
  /// none within ten seconds. On another connection each time.
  std::string run(const std::vector<std::string>& words) const;
  /// What a key holds, 0 when there is no such key. Throws std::invalid_argument for a text.
  std::int64_t number_at(const std::string& key) const;
  /// Its clock, in microseconds since 1970.
  std::int64_t time() const;
  std::string log() const { return folder_.read("server.log"); }

 private:
  void end(int signal);
  pid_t spawn() const;

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace apiforge::testing_support
