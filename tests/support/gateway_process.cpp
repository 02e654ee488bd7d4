#include "support/gateway_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

namespace apiforge::testing_support {
namespace {

constexpr std::string_view kLogName = "gateway.log";
constexpr milliseconds kStartTime{15'000};
constexpr milliseconds kPollInterval{5};

// There is no event to wait for: files and processes are looked at again and again.
bool comes_true(milliseconds patience, const std::function<bool()>& condition) {
  const auto deadline = TestClock::now() + patience;
  while (!condition()) {
    if (TestClock::now() >= deadline) return false;
    ::poll(nullptr, 0, static_cast<int>(kPollInterval.count()));
  }
  return true;
}

}  // namespace

GatewayProcess::GatewayProcess(const TemporaryFolder& folder, std::string_view configuration,
                               const Settings& settings)
    : folder_(folder) {
  Settings all{{"API_HOST", "127.0.0.1"},
               {"API_PORT", "0"},
               {"ENV", "development"},
               {"WORKERS", "1"},
               {"DEBUG", "false"},
               {"LOG_LEVEL", "INFO"},
               {"DRAIN_TIMEOUT_MS", "200"},
               {"DATA_DIR", folder.file("data")},
               {"LOG_FILE", folder.file(kLogName)}};
  for (const auto& [name, value] : settings) all[name] = value;
  // What the sanitizers of a debug build are told by the one who runs the tests.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) all.emplace(name, value);
  }
  spawn(folder.write("apiforge.yaml", configuration), all);
  read_port();
}

GatewayProcess::~GatewayProcess() {
  stop();
  if (output_ >= 0) ::close(output_);
}

void GatewayProcess::spawn(const std::string& config_file, const Settings& settings) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : settings) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::array<std::string, 4> words{APIFORGE_BINARY, "serve", "--config", config_file};
  std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                                 nullptr};
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder_.path().c_str());
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // The test ignores SIGPIPE; the gateway has to cope with it as it is by default.
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failed = ::posix_spawn(&pid_, APIFORGE_BINARY, &actions, &attributes, arguments.data(),
                                   environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  output_ = pipe[0];
  if (failed != 0) throw std::runtime_error("cannot start the gateway");
}

void GatewayProcess::read_port() {
  constexpr std::string_view kMark = "://127.0.0.1:";
  const auto deadline = TestClock::now() + kStartTime;
  std::string text;
  while (!text.ends_with('\n') || text.find(kMark) == std::string::npos) {
    pollfd entry{output_, POLLIN, 0};
    const auto left = std::chrono::ceil<milliseconds>(deadline - TestClock::now()).count();
    std::array<char, 4'096> chunk;
    const bool ready = left > 0 && ::poll(&entry, 1, static_cast<int>(left)) > 0;
    const auto got = ready ? ::read(output_, chunk.data(), chunk.size()) : -1;
    if (got <= 0) {
      stop();
      throw std::runtime_error("the gateway does not listen: " + text + log());
    }
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  const char* digits = text.data() + text.find(kMark) + kMark.size();
  std::from_chars(digits, text.data() + text.size(), port_);
}

int GatewayProcess::stop() {
  if (pid_ < 0) return 0;
  int status = 0;
  const auto ended = [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; };
  ::kill(pid_, SIGTERM);
  const bool in_order = comes_true(kPatience, ended);
  if (!in_order) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return in_order && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void GatewayProcess::signal(int number) const {
  ::kill(pid_, number);
}

std::string GatewayProcess::log() const {
  return folder_.read(kLogName);
}

bool GatewayProcess::log_comes_to_have(std::string_view text, milliseconds patience) const {
  return comes_true(patience, [&] { return log().find(text) != std::string::npos; });
}

std::size_t GatewayProcess::resident_bytes() const {
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace apiforge::testing_support
