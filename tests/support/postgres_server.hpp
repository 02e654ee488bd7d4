// PostgresServer: a real PostgreSQL of the machine's package, in a temporary folder of its own, on
// loopback and a free port. One thread; owned by the test. Starting takes a second or two, so a
// test executable has one and makes a database for each test.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_folder.hpp"

namespace apiforge::testing_support {

class PostgresServer {
 public:
  /// Throws std::runtime_error with the server's log when it does not start. PostgreSQL does not
  /// run as root; a test that does starts it as the package's user `postgres`.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// A new, empty database that belongs to an ordinary user; returns its URL, with a password.
  std::string create_database();
  /// The URL of the same database for the superuser, who bypasses row-level security.
  static std::string as_superuser(std::string url);
  /// The password in the URLs.
  static constexpr std::string_view kPassword = "correct-horse-of-tests";

  /// Ends it in order; connections are cut.
  void stop();
  /// Ends all its processes at once, as a power cut would.
  void kill();
  /// Starts it again on the same port and data.
  void start();

  /// Runs SQL as superuser in the database of `url`; throws when it fails. Returns the rows as psql
  /// prints them unaligned.
  std::string run_sql(const std::string& url, std::string_view sql) const;

 private:
  std::string program(std::string_view name) const;
  pid_t spawn(const std::vector<std::string>& arguments) const;
  int run(const std::vector<std::string>& arguments) const;
  bool answers() const;
  std::string log() const;

  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int databases_ = 0;
};

}  // namespace apiforge::testing_support
