#include "support/gateway_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "support/local_server.hpp"

namespace apiforge::testing_support {
namespace {

constexpr std::string_view kLogName = "gateway.log";
constexpr std::string_view kOutputName = "gateway.out";
constexpr std::string_view kConfigName = "apiforge.yaml";
constexpr milliseconds kStartTime{15'000};

GatewayProcess::Settings quiet_settings(const TemporaryFolder& folder,
                                        const GatewayProcess::Settings& settings) {
  GatewayProcess::Settings all{{"API_HOST", "127.0.0.1"},
                               {"API_PORT", "0"},
                               {"ENV", "development"},
                               {"WORKERS", "1"},
                               {"DEBUG", "false"},
                               {"LOG_LEVEL", "INFO"},
                               {"DRAIN_TIMEOUT_MS", "200"},
                               {"DEFAULT_RATE_LIMIT", "0"},
                               {"LOAD_SHEDDING_TARGET_MS", "0"},
                               {"ZMQ_PUBLISHER_PORT", "0"},
                               {"ZMQ_SUBSCRIBER_PORT", "0"},
                               {"DATA_DIR", folder.file("data")},
                               {"LOG_FILE", folder.file(kLogName)}};
  for (const auto& [name, value] : settings) all[name] = value;
  // What the sanitizers of a debug build are told by the one who runs the tests.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) all.emplace(name, value);
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The program, with stdout and stderr at the end of the folder's file `output`.
pid_t spawn(const std::vector<std::string>& command, const TemporaryFolder& folder,
            std::string_view output, const GatewayProcess::Settings& settings) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : quiet_settings(folder, settings)) {
    variables.push_back(name + "=" + value);
  }
  std::vector<std::string> words{APIFORGE_BINARY};
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {"--config", folder.file(kConfigName)});
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const std::string output_file = folder.file(output);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.path().c_str());
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // The test ignores SIGPIPE; the gateway has to cope with it as it is by default.
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, APIFORGE_BINARY, &actions, &attributes,
                                   pointers_to(words).data(), pointers_to(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start the program");
  return pid;
}

}  // namespace

GatewayProcess::GatewayProcess(const TemporaryFolder& folder, std::string_view configuration,
                               const Settings& settings)
    : folder_(folder) {
  const std::size_t output_before = output().size();
  folder.write(kConfigName, configuration);
  pid_ = spawn({"serve"}, folder, kOutputName, settings);
  read_port(output_before);
}

GatewayProcess::~GatewayProcess() {
  stop();
}

void GatewayProcess::read_port(std::size_t output_before) {
  constexpr std::string_view kMark = "://127.0.0.1:";
  std::string text;
  const bool listens = comes_true(kStartTime, [&] {
    text = output().substr(output_before);
    const auto mark = text.find(kMark);
    return mark != std::string::npos && text.find('\n', mark) != std::string::npos;
  });
  if (!listens) {
    stop();
    throw std::runtime_error("the gateway does not listen: " + text + log());
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
  if (!in_order) return -1;
  const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  // The output has what a sanitizer found.
  EXPECT_EQ(exit_status, 0) << "the gateway ended badly:\n" << output();
  return exit_status;
}

void GatewayProcess::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void GatewayProcess::signal(int number) const {
  ::kill(pid_, number);
}

void GatewayProcess::limit_files(std::optional<std::uint64_t> bytes) const {
  rlimit limit{};
  ::prlimit(pid_, RLIMIT_FSIZE, nullptr, &limit);
  limit.rlim_cur = bytes.value_or(limit.rlim_max);
  if (::prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) != 0) {
    throw std::runtime_error("cannot limit the gateway's files");
  }
}

std::string GatewayProcess::log() const {
  return folder_.read(kLogName);
}

std::string GatewayProcess::output() const {
  return folder_.read(kOutputName);
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

std::string output_of(const std::string& words, const TemporaryFolder& folder,
                      const GatewayProcess::Settings& settings) {
  constexpr std::string_view kOutput = "command.out";
  std::vector<std::string> command;
  std::istringstream text(words);
  for (std::string word; text >> word;) command.push_back(word);
  std::filesystem::remove(folder.file(kOutput));
  const pid_t pid = spawn(command, folder, kOutput, settings);
  ::waitpid(pid, nullptr, 0);
  return folder.read(kOutput);
}

}  // namespace apiforge::testing_support
