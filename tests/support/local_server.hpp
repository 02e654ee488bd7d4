// What starting a server of one's own needs: a port, and waiting for what it does.
#pragma once
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace apiforge::testing_support {

/// There is no event to wait for: files and processes are looked at again and again.
inline bool comes_true(std::chrono::milliseconds patience, const std::function<bool()>& condition) {
  constexpr int kPollIntervalMs = 5;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, kPollIntervalMs);
  }
  return true;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// The port may be taken again before the server has it; then it is tried with another one.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = socket >= 0 &&
                     ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// Starts a program that ends with `end_with_parent` when the test dies, and writes what it says to
/// the end of a file. `prepare` runs in the child, of a process with threads: nothing but system
/// calls, and false when it cannot go on.
template <class Prepare>
pid_t start_server(const std::vector<std::string>& command, const std::string& output,
                   int end_with_parent, const char* environment, Prepare prepare) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const std::array<char*, 2> variables{const_cast<char*>(environment), nullptr};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (!prepare()) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, end_with_parent);
  if (::getppid() != parent) ::_exit(126);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) ::_exit(126);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  if (::chdir("/") != 0) ::_exit(126);
  ::execve(words[0], words.data(), variables.data());
  ::_exit(127);
}

}  // namespace apiforge::testing_support
