// GatewayProcess: `apiforge serve` as a process of its own, with its files in a temporary folder,
// and other commands of the program. One thread; owned by the test.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
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
  /// Ends it in order; kills it when that takes too long. The exit status, or -1 after a kill. An
  /// exit status other than 0 fails the test.
  int stop();
  /// Ends it as a crash of the machine would.
  void kill();
  void signal(int number) const;
  /// From now on it can write no file beyond `bytes`, as on a disk that is full; nothing: it can
  /// again.
  void limit_files(std::optional<std::uint64_t> bytes) const;
  /// The whole log so far.
  std::string log() const;
  /// What it and those before it in the folder wrote to stdout and stderr.
  std::string output() const;
  /// Waits until the log has `text`; false when that takes too long.
  bool log_comes_to_have(std::string_view text, milliseconds patience = kPatience) const;
  std::size_t resident_bytes() const;

 private:
  void read_port(std::size_t output_before);

  const TemporaryFolder& folder_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// What `apiforge <words> --config <the folder's configuration>` writes to stdout and stderr until
/// it ends.
std::string output_of(const std::string& words, const TemporaryFolder& folder,
                      const GatewayProcess::Settings& settings);

}  // namespace apiforge::testing_support
