#include "support/postgres_server.hpp"

#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>

#include "support/local_server.hpp"

namespace apiforge::testing_support {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPostgresPatience{60'000};
constexpr int kStartAttempts = 5;
constexpr const char* kPackages = "/usr/lib/postgresql";
constexpr const char* kUser = "apiforge";

/// Whom the server runs as, when the test is root.
struct User {
  uid_t id;
  gid_t group;
};

std::optional<User> package_user() {
  if (::geteuid() != 0) return std::nullopt;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4'096> texts{};
  ::getpwnam_r("postgres", &entry, texts.data(), texts.size(), &found);
  if (!found) throw std::runtime_error("PostgreSQL does not run as root, and has no user here");
  return User{entry.pw_uid, entry.pw_gid};
}

bool has_ended(pid_t pid, int& status) {
  return ::waitpid(pid, &status, WNOHANG) == pid;
}

}  // namespace

PostgresServer::PostgresServer() {
  const auto user = package_user();
  if (user && ::chown(folder_.path().c_str(), user->id, user->group) != 0) {
    throw std::runtime_error("cannot give the folder to the user postgres");
  }
  // Sorting by a language shows where the gateway forgets to ask for the order of bytes.
  if (run({program("initdb"), "--pgdata", folder_.file("data"), "--username", "postgres", "--auth",
           "trust", "--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "en",
           "--locale", "C.UTF-8", "--no-sync"}) != 0) {
    throw std::runtime_error("initdb failed: " + log());
  }
  for (int attempt = 1; pid_ < 0; ++attempt) {
    port_ = free_port();
    try {
      start();
    } catch (const std::runtime_error&) {
      if (attempt == kStartAttempts) throw;
    }
  }
  run_sql("postgresql://postgres@/postgres",
          "CREATE ROLE " + std::string(kUser) + " LOGIN PASSWORD '" + std::string(kPassword) + "'");
}

PostgresServer::~PostgresServer() {
  stop();
}

std::string PostgresServer::program(std::string_view name) const {
  std::vector<std::filesystem::path> found;
  for (const auto& version : std::filesystem::directory_iterator(kPackages)) {
    const auto path = version.path() / "bin" / name;
    if (std::filesystem::exists(path)) found.push_back(path);
  }
  if (found.empty()) throw std::runtime_error("PostgreSQL is not installed");
  return std::ranges::max(found).string();
}

pid_t PostgresServer::spawn(const std::vector<std::string>& arguments) const {
  const auto user = package_user();
  return start_server(arguments, folder_.file("server.log"), SIGQUIT, "LC_ALL=C.UTF-8", [&user] {
    return !user ||
           (::setgroups(0, nullptr) == 0 && ::setgid(user->group) == 0 && ::setuid(user->id) == 0);
  });
}

int PostgresServer::run(const std::vector<std::string>& arguments) const {
  const pid_t pid = spawn(arguments);
  int status = -1;
  if (!comes_true(kPostgresPatience, [&] { return has_ended(pid, status); })) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool PostgresServer::answers() const {
  return run({program("pg_isready"), "--quiet", "--host", folder_.path().string(), "--port",
              std::to_string(port_)}) == 0;
}

void PostgresServer::start() {
  if (pid_ >= 0) return;
  pid_ = spawn({program("postgres"), "-D", folder_.file("data"), "-k", folder_.path().string(),
                "-c", "listen_addresses=127.0.0.1", "-c", "port=" + std::to_string(port_), "-c",
                "max_connections=60", "-c", "shared_buffers=64MB"});
  int status = 0;
  bool ended = false;
  const bool ready = comes_true(kPostgresPatience, [&] {
    ended = has_ended(pid_, status);
    return ended || answers();
  });
  if (ready && !ended) return;
  if (ended) pid_ = -1;
  stop();
  throw std::runtime_error("PostgreSQL does not start: " + log());
}

void PostgresServer::stop() {
  if (pid_ < 0) return;
  int status = 0;
  for (const int signal : {SIGINT, SIGQUIT, SIGKILL}) {
    ::kill(pid_, signal);
    if (comes_true(kPostgresPatience / 4, [&] { return has_ended(pid_, status); })) break;
  }
  pid_ = -1;
}

void PostgresServer::kill() {
  if (pid_ < 0) return;
  int status = 0;
  // The postmaster's children notice its end by themselves; SIGQUIT has them end without a
  // checkpoint, so that the next start recovers from the log.
  ::kill(pid_, SIGQUIT);
  if (!comes_true(kPostgresPatience / 4, [&] { return has_ended(pid_, status); })) stop();
  pid_ = -1;
}

std::string PostgresServer::log() const {
  return folder_.read("server.log");
}

std::string PostgresServer::create_database() {
  const std::string name = "test" + std::to_string(++databases_);
  run_sql("postgresql://postgres@/postgres", "CREATE DATABASE " + name + " OWNER " + kUser);
  return "postgresql://" + std::string(kUser) + ":" + std::string(kPassword) +
         "@127.0.0.1:" + std::to_string(port_) + "/" + name;
}

std::string PostgresServer::as_superuser(std::string url) {
  const auto begin = url.find("//") + 2;
  return url.replace(begin, url.find('@') - begin, "postgres");
}

std::string PostgresServer::run_sql(const std::string& url, std::string_view sql) const {
  const std::string output = folder_.file("rows");
  const std::string database = url.substr(url.rfind('/') + 1);
  if (run({program("psql"), "--host", folder_.path().string(), "--port", std::to_string(port_),
           "--username", "postgres", "--dbname", database, "--no-psqlrc", "--quiet", "--no-align",
           "--tuples-only", "--set", "ON_ERROR_STOP=1", "--output", output, "--command",
           std::string(sql)}) != 0) {
    throw std::runtime_error("psql failed: " + log());
  }
  return folder_.read("rows");
}

}  // namespace apiforge::testing_support
