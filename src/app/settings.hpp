// Static settings: what a process is told at start and never changes while it runs. One struct per
// module; each module is handed its own. What is configured while running is model::Configuration.
// Values; loaded once by main, read by any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "auth/signing_keys.hpp"
#include "base/secret.hpp"
#include "declarative/secret_resolver.hpp"
#include "model/network.hpp"
#include "observe/line_text.hpp"
#include "observe/log.hpp"

namespace apiforge::app {

using std::chrono::milliseconds;

enum class Environment : std::uint8_t { Development, Staging, Production };

using auth::TokenAlgorithm;

/// Who may make an account without an invitation.
enum class RegistrationPolicy : std::uint8_t { Open, Closed };

struct ProcessSettings {
  Environment environment = Environment::Development;  ///< ENV, also APP_ENV
  bool debug = true;                                   ///< DEBUG; never in production
  unsigned workers = 1;                                ///< WORKERS; the machine's cores
  std::string config_file = "apiforge.yaml";           ///< CONFIG_FILE; the declarative file
  milliseconds drain_timeout{
      30'000};  ///< DRAIN_TIMEOUT_MS; calls in flight may last so long at stop
};

struct ListenSettings {
  std::string host = "127.0.0.1";  ///< API_HOST, an IP address; `0.0.0.0` in production
  std::uint16_t port = 8'000;      ///< API_PORT; 0 takes any free port
  std::string tls_cert_file;       ///< TLS_CERT_FILE; plain HTTP when empty
  std::string tls_key_file;        ///< TLS_KEY_FILE
};

struct LogSettings {
  observe::LogLevel level = observe::LogLevel::Debug;      ///< LOG_LEVEL
  observe::LineFormat format = observe::LineFormat::Text;  ///< LOG_FORMAT
  std::string file = "logs/api_factory.log";               ///< LOG_FILE
  std::uint64_t max_bytes = 100ull << 20;                  ///< LOG_MAX_BYTES; then it is rotated
  std::uint32_t max_files = 10;                            ///< LOG_MAX_FILES that are kept
  milliseconds slow_call{
      1'000};  ///< SLOW_CALL_MS; calls above it that match no API are logged as slow
};

/// What callers may ask of a connection.
struct LimitSettings {
  std::uint32_t max_head_bytes = 32'768;       ///< MAX_HEAD_BYTES; request line and fields
  std::uint32_t max_fields = 100;              ///< MAX_FIELDS
  std::uint32_t max_target_bytes = 8'192;      ///< MAX_TARGET_BYTES
  std::uint64_t max_body_bytes = 64ull << 20;  ///< MAX_BODY_BYTES; an API may set a lower one
  std::uint64_t cache_bytes = 64ull << 20;     ///< CACHE_MAX_BYTES; of replies, over all workers
  milliseconds head_timeout{10'000};           ///< HEAD_TIMEOUT_MS; first to last byte of a head
  milliseconds idle_timeout{75'000};           ///< IDLE_TIMEOUT_MS; between requests
  std::uint32_t max_connections = 20'000;      ///< MAX_CONNECTIONS; per worker
  std::uint32_t max_pipelined_requests = 16;   ///< MAX_PIPELINED_REQUESTS; waiting on a connection
  std::uint32_t default_rate = 100;  ///< DEFAULT_RATE_LIMIT; requests/s and caller, 0 for none
  std::uint32_t limited_callers = 1'000'000;  ///< LIMITED_CALLERS_MAX; counters of limits at once
  /// LOAD_SHEDDING_TARGET_MS; when a worker is later than this for 100 ms, the least urgent calls
  /// are refused; 0: never.
  milliseconds shedding_target{25};
};

struct NetworkSettings {
  /// TRUSTED_PROXIES; forwarding fields are believed from these only.
  std::vector<model::Cidr> trusted_proxies;
  /// UPSTREAM_ALLOW_CIDRS; networks that are not public and may be upstreams all the same.
  /// Development allows loopback.
  std::vector<model::Cidr> upstream_allow;
};

struct StorageSettings {
  std::string data_dir = "./data";  ///< DATA_DIR
  std::string database_url;         ///< DATABASE_URL, may hold a password; SQLite in data_dir
  /// MASTER_KEY, which seals the secrets in the database: 32 bytes in Base64 or hexadecimal, one or
  /// several (the newest first), or MASTER_KEY_FILE with one a line. Development makes a file.
  Secret master_key;
  std::string master_key_file;
};

/// Redis is used when `url` or `host` is set; `url` wins.
struct RedisSettings {
  std::string url;             ///< REDIS_URL, `redis://` or `rediss://`; may hold a password
  std::string host;            ///< REDIS_HOST
  std::uint16_t port = 6'379;  ///< REDIS_PORT
  Secret password;             ///< REDIS_PASSWORD
  std::string ca_file;  ///< REDIS_CA_FILE; PEM; of `rediss://`; the system's roots when empty
};

/// ZeroMQ. In production there is none without keys (CURVE, Z85 text of 40 characters).
struct EventSettings {
  std::string host = "127.0.0.1";         ///< ZMQ_HOST, an IP address to listen on
  std::uint16_t publisher_port = 5'555;   ///< ZMQ_PUBLISHER_PORT; 0: events are not published
  std::uint16_t subscriber_port = 5'556;  ///< ZMQ_SUBSCRIBER_PORT; 0: no commands are taken
  Secret secret_key;                      ///< ZMQ_SECRET_KEY of this server
  std::string client_keys;  ///< ZMQ_CLIENT_KEYS; public keys of who may connect, commas between
};

struct TokenSettings {
  Secret secret_key;           ///< JWT_SECRET_KEY; required in production, 32 bytes or more
  Secret previous_secret_key;  ///< JWT_PREVIOUS_SECRET_KEY; verifies while tokens of it live
  TokenAlgorithm algorithm = TokenAlgorithm::Hs256;  ///< JWT_ALGORITHM
  std::chrono::minutes lifetime{30};                 ///< JWT_EXPIRE_MINUTES
  std::string issuer = "apiforge";                   ///< JWT_ISSUER; the claim `iss`
  std::string audience = "apiforge";                 ///< JWT_AUDIENCE; the claim `aud`
};

struct AccountsSettings {
  RegistrationPolicy registration = RegistrationPolicy::Open;  ///< REGISTRATION
  std::string admin_username;  ///< ADMIN_USERNAME; the first administrator, made at start
  Secret admin_password;       ///< ADMIN_PASSWORD
  std::chrono::hours session_lifetime{24 * 30};  ///< SESSION_EXPIRE_HOURS; then one logs in again
  std::chrono::hours session_idle_lifetime{24 * 7};  ///< SESSION_IDLE_HOURS; without a refresh
};

struct Settings {
  ProcessSettings process;
  ListenSettings listen;
  LogSettings log;
  LimitSettings limits;
  NetworkSettings network;
  StorageSettings storage;
  RedisSettings redis;
  EventSettings events;
  TokenSettings tokens;
  AccountsSettings accounts;
};

/// What holds when nothing is set: the defaults above, changed for the environment.
Settings default_settings(Environment environment, unsigned processors);

/// One setting as it is in force, for the log and `apiforge check`.
struct EffectiveSetting {
  std::string_view name;  ///< as the environment variable
  std::string value;      ///< `***` for a secret; URLs without their password
  std::string source;     ///< `default (production)`, `apiforge.yaml:7`, `.env:3`, `environment`
};

/// A setting that is wrong. The caller prints all of them and exits with status 78 (EX_CONFIG).
struct SettingFault {
  std::string name;   ///< empty when a whole source could not be read
  std::string value;  ///< as in EffectiveSetting; empty when not set
  std::string source;
  std::string message;  ///< what is wrong and what is allowed
};

/// `API_PORT='99999' (.env:3): must be a whole number from 0 to 65535`
std::string to_string(const SettingFault& fault);

struct LoadedSettings {
  Settings settings;
  std::vector<EffectiveSetting> effective;  ///< every setting, in the order of the documentation
  std::vector<std::string> notes;           ///< what is allowed here but not in production
};

/// Where settings come from, the weakest first: defaults, the `settings:` map of the declarative
/// file (lower-case names, references as in load_configuration), the `.env` file, the environment.
struct SettingSources {
  std::map<std::string, std::string> environment = {};
  std::optional<std::string> dotenv_text = std::nullopt;
  std::optional<std::string> yaml_text = std::nullopt;
  std::string dotenv_name = ".env";         ///< for messages
  std::string yaml_name = "apiforge.yaml";  ///< for messages
  const declarative::SecretResolver* resolver =
      nullptr;  ///< must outlive the call; null: no references
  unsigned processors = std::thread::hardware_concurrency();  ///< 0 counts as 1
};

/// Loads all settings, or tells all that is wrong. An empty value counts as not set; unknown names
/// in the environment and in `.env` belong to others and are passed over, unknown names in YAML are
/// faults.
std::expected<LoadedSettings, std::vector<SettingFault>> load_settings(
    const SettingSources& sources);

/// CONFIG_FILE from the environment or `.env`: needed before the file can be read. Faults of `.env`
/// are left for load_settings to tell.
std::string config_file_of(const SettingSources& sources);

}  // namespace apiforge::app
