// GatewayProcess: `apiforge serve` as a process of its own, with its files in a temporary folder.
// One thread; owned by the test.
#pragma once
#include <sys/types.h>

#include <map>
#include <string>

#include "support/stream.hpp"
#include "support/temporary_folder.hpp"

namespace apiforge::testing_support {

class GatewayProcess {
 public:
  /// Settings by name, over those that keep a test quiet and alone on the machine.
  using Settings = std::map<std::string, std::string>;

  /// Starts it and waits until it listens. Throws when it does not.
  GatewayProcess(const TemporaryFolder& folder, std::string_view configuration,
                 const Settings& settings);
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  std::uint16_t port() const { return port_; }
  /// Ends it in order; kills it when that takes too long. The exit status, or -1 after a kill.
  int stop();
  void signal(int number) const;
  /// The whole log so far.
  std::string log() const;
  /// Waits until the log has `text`; false when that takes too long.
  bool log_comes_to_have(std::string_view text, milliseconds patience = kPatience) const;
  std::size_t resident_bytes() const;

 private:
  void spawn(const std::string& config_file, const Settings& settings);
  void read_port();

  const TemporaryFolder& folder_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace apiforge::testing_support
