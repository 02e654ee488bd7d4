// RedisOptions: where Redis is and how to enter it. A value; any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::shared_state {

struct RedisOptions {
  std::string host = "127.0.0.1";  ///< name or address, IPv6 without brackets
  std::uint16_t port = 6379;
  std::string user;  ///< empty: the user `default` (Redis 6 ACL)
  Secret password;   ///< empty: none is asked for
  int database = 0;
  bool tls = false;                    ///< verified: chain and name
  std::optional<std::string> ca_file;  ///< PEM; the system's roots when absent

  std::string prefix = "apiforge:";  ///< of all keys and channels
  /// Of one command, from when it is asked for until its answer, all redirections included.
  std::chrono::nanoseconds command_timeout = std::chrono::milliseconds(20);
  std::string node;  ///< tells this node from the others; required
};

/// Reads `redis://` or `rediss://` (TLS), `[user][:password]@`, host, optional port and database:
/// `rediss://gateway:secret@redis.example:6380/2`. User and password are percent-encoded.
/// InvalidValue for anything else; the detail never repeats the URL, which may hold a password.
/// https://www.iana.org/assignments/uri-schemes/prov/redis
Result<RedisOptions> parse_redis_url(std::string_view text);

}  // namespace apiforge::shared_state
