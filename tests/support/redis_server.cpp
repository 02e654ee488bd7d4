#include "support/redis_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>

#include "support/local_server.hpp"

namespace apiforge::testing_support {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRedisPatience{20'000};
constexpr timeval kReplyPatience{.tv_sec = 10, .tv_usec = 0};
constexpr int kRedisStarts = 5;
constexpr const char* kRedisProgram = "/usr/bin/redis-server";

bool has_gone(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) == pid;
}

void append_words(std::string& out, const std::vector<std::string>& words) {
  out += "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
}

std::vector<std::string> lines_of(const std::string& reply) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < reply.size();) {
    const auto end = reply.find("\r\n", begin);
    lines.push_back(reply.substr(begin, end - begin));
    begin = end == std::string::npos ? reply.size() : end + 2;
  }
  return lines;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
  for (int attempt = 1; pid_ < 0; ++attempt) {
    port_ = free_port();
    try {
      start();
    } catch (const std::runtime_error&) {
      if (attempt == kRedisStarts) throw;
    }
  }
}

RedisServer::~RedisServer() {
  kill();
}

pid_t RedisServer::spawn() const {
  std::vector<std::string> arguments = {kRedisProgram,
                                        "--port",
                                        std::to_string(port_),
                                        "--bind",
                                        "127.0.0.1",
                                        "--save",
                                        "",
                                        "--dir",
                                        folder_.path().string(),
                                        "--appendonly",
                                        "no",
                                        "--daemonize",
                                        "no"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  return start_server(arguments, folder_.file("server.log"), SIGKILL, nullptr, [] { return true; });
}

void RedisServer::start() {
  if (pid_ >= 0) return;
  pid_ = spawn();
  bool ended = false;
  const bool ready = comes_true(kRedisPatience, [&] {
    ended = has_gone(pid_);
    return ended || !run({"PING"}).empty();
  });
  if (ready && !ended) return;
  if (ended) pid_ = -1;
  kill();
  throw std::runtime_error("Redis does not start: " + log());
}

void RedisServer::end(int signal) {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  ::kill(pid_, SIGCONT);
  if (!comes_true(kRedisPatience / 4, [&] { return has_gone(pid_); })) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

void RedisServer::pause() {
  ::kill(pid_, SIGSTOP);
  // The signal is delivered when the kernel says so.
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void RedisServer::resume() {
  ::kill(pid_, SIGCONT);
}

std::string RedisServer::run(const std::vector<std::string>& words) const {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kReplyPatience, sizeof kReplyPatience);
  const sockaddr_in address = loopback(port_);
  std::string reply;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::string request;
    append_words(request, words);
    append_words(request, {"QUIT"});
    ssize_t size = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::array<char, 4'096> buffer{};
    while (size > 0) {
      size = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (size > 0) reply.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
  ::close(socket);
  constexpr std::string_view kGoodbye = "+OK\r\n";
  if (reply.ends_with(kGoodbye)) reply.resize(reply.size() - kGoodbye.size());
  return reply;
}

std::int64_t RedisServer::number_at(const std::string& key) const {
  const auto lines = lines_of(run({"GET", key}));  // a length and the text, or no text
  return lines.size() < 2 ? 0 : std::stoll(lines[1]);
}

std::int64_t RedisServer::time() const {
  // *2, then twice a length and its text: seconds, and microseconds within the second.
  const auto lines = lines_of(run({"TIME"}));
  if (lines.size() != 5) throw std::runtime_error("Redis does not tell the time");
  return std::stoll(lines[2]) * 1'000'000 + std::stoll(lines[4]);
}

}  // namespace apiforge::testing_support
