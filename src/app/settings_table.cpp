#include "app/settings_table.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "events/zmq/curve_keys.hpp"
#include "model/url.hpp"

namespace apiforge::app {
namespace {

template <class T>
struct Named {
  std::string_view name;
  T value;
};

constexpr Named<Environment> kEnvironments[] = {{"development", Environment::Development},
                                                {"staging", Environment::Staging},
                                                {"production", Environment::Production}};

constexpr Named<TokenAlgorithm> kAlgorithms[] = {
    {"HS256", TokenAlgorithm::Hs256}, {"HS384", TokenAlgorithm::Hs384},
    {"HS512", TokenAlgorithm::Hs512}, {"RS256", TokenAlgorithm::Rs256},
    {"PS256", TokenAlgorithm::Ps256}, {"ES256", TokenAlgorithm::Es256},
    {"EdDSA", TokenAlgorithm::EdDsa}};

constexpr Named<RegistrationPolicy> kRegistrationPolicies[] = {
    {"open", RegistrationPolicy::Open}, {"closed", RegistrationPolicy::Closed}};

constexpr Named<bool> kBooleans[] = {{"true", true}, {"false", false}, {"1", true},
                                     {"0", false},   {"yes", true},    {"no", false},
                                     {"on", true},   {"off", false}};

constexpr Named<observe::LineFormat> kFormats[] = {{"text", observe::LineFormat::Text},
                                                   {"json", observe::LineFormat::Json}};

constexpr Named<observe::LogLevel> kLevels[] = {{"DEBUG", observe::LogLevel::Debug},
                                                {"INFO", observe::LogLevel::Info},
                                                {"WARNING", observe::LogLevel::Warning},
                                                {"ERROR", observe::LogLevel::Error},
                                                {"OFF", observe::LogLevel::Off}};

constexpr std::uint64_t kHourMs = 3'600'000;
constexpr std::uint64_t kGiB = 1ull << 30;

// How texts become values. `Section` and `Field` say where in Settings the value lives.

template <auto Section, auto Field>
bool set_number(const SettingRow& row, std::string_view value, Settings& settings) {
  using Number = std::remove_reference_t<decltype(settings.*Section.*Field)>;
  const auto number = parse_unsigned(value);
  if (!number || *number < row.least || *number > row.most) return false;
  settings.*Section.*Field = static_cast<Number>(*number);
  return true;
}

template <auto Section, auto Field>
std::string show_number(const Settings& settings) {
  return std::to_string(settings.*Section.*Field);
}

template <auto Section, auto Field>
constexpr SettingRow number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  return {.name = name,
          .set = set_number<Section, Field>,
          .show = show_number<Section, Field>,
          .least = least,
          .most = most};
}

/// In the unit of the field's type, which the name of the setting ends in.
template <auto Section, auto Field>
bool set_duration(const SettingRow& row, std::string_view value, Settings& settings) {
  using Duration = std::remove_reference_t<decltype(settings.*Section.*Field)>;
  const auto number = parse_unsigned(value);
  if (!number || *number < row.least || *number > row.most) return false;
  settings.*Section.*Field = Duration(*number);
  return true;
}

template <auto Section, auto Field>
std::string show_duration(const Settings& settings) {
  return std::to_string((settings.*Section.*Field).count());
}

template <auto Section, auto Field>
constexpr SettingRow duration(std::string_view name, std::uint64_t least, std::uint64_t most) {
  return {.name = name,
          .set = set_duration<Section, Field>,
          .show = show_duration<Section, Field>,
          .least = least,
          .most = most};
}

/// One of a table of names, in any case.
template <auto Section, auto Field, const auto& Names>
bool set_named(const SettingRow&, std::string_view value, Settings& settings) {
  for (const auto& named : Names) {
    if (!equals_ignoring_case(named.name, value)) continue;
    settings.*Section.*Field = named.value;
    return true;
  }
  return false;
}

template <auto Section, auto Field, const auto& Names>
std::string show_named(const Settings& settings) {
  for (const auto& named : Names) {
    if (named.value == settings.*Section.*Field) return std::string(named.name);
  }
  return {};
}

template <auto Section, auto Field, const auto& Names>
constexpr SettingRow named(std::string_view name, std::string_view allowed,
                           std::string_view alias = {}) {
  return {.name = name,
          .set = set_named<Section, Field, Names>,
          .show = show_named<Section, Field, Names>,
          .allowed = allowed,
          .alias = alias};
}

bool any_text(std::string_view) {
  return true;
}

bool is_database_url(std::string_view value) {
  return value.starts_with("sqlite:///") || value.starts_with("postgresql://") ||
         value.starts_with("postgres://");
}

bool is_redis_url(std::string_view value) {
  return value.starts_with("redis://") || value.starts_with("rediss://");
}

constexpr std::string_view kCurveKey =
    "a CURVE key of 40 characters (Z85), as zmq_curve_keypair makes";

bool are_curve_keys(std::string_view value) {
  bool sound = true;
  for_each_element(value,
                   [&](std::string_view key) { sound = sound && events::is_curve_key(key); });
  return sound;
}

bool is_address(std::string_view value) {
  return model::parse_ip_address(value).has_value();
}

bool is_host(std::string_view value) {
  return is_address(value) || model::is_host_name(value);
}

template <auto Section, auto Field, auto IsAllowed>
bool set_text(const SettingRow&, std::string_view value, Settings& settings) {
  using Text = std::remove_reference_t<decltype(settings.*Section.*Field)>;
  if (!IsAllowed(value)) return false;
  settings.*Section.*Field = Text(std::string(value));
  return true;
}

template <auto Section, auto Field>
std::string show_text(const Settings& settings) {
  const auto& text = settings.*Section.*Field;
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(text)>, Secret>) {
    return std::string(text.reveal());
  } else {
    return text;
  }
}

template <auto Section, auto Field, auto IsAllowed = any_text>
constexpr SettingRow text(std::string_view name, std::string_view allowed = "text",
                          Exposure exposure = Exposure::Plain) {
  return {.name = name,
          .set = set_text<Section, Field, IsAllowed>,
          .show = show_text<Section, Field>,
          .allowed = allowed,
          .exposure = exposure};
}

template <auto Section, auto Field>
bool set_networks(const SettingRow&, std::string_view value, Settings& settings) {
  std::vector<model::Cidr> networks;
  bool sound = true;
  for_each_element(value, [&](std::string_view element) {
    const auto network = model::parse_cidr(element);
    sound = sound && network.has_value();
    if (network) networks.push_back(*network);
  });
  if (sound) settings.*Section.*Field = std::move(networks);
  return sound;
}

template <auto Section, auto Field>
std::string show_networks(const Settings& settings) {
  std::string list;
  for (const auto& network : settings.*Section.*Field) {
    list += (list.empty() ? "" : ",") + model::to_string(network);
  }
  return list;
}

template <auto Section, auto Field>
constexpr SettingRow networks(std::string_view name) {
  return {.name = name,
          .set = set_networks<Section, Field>,
          .show = show_networks<Section, Field>,
          .allowed =
              "networks with commas between them, such as 10.0.0.0/8,fc00::/7, without "
              "address bits beyond the prefix"};
}

constexpr SettingRow outside_the_file(SettingRow row) {
  row.in_file = false;
  return row;
}

// Shorthands that keep a row on a line.
constexpr auto kProcess = &Settings::process;
constexpr auto kListen = &Settings::listen;
constexpr auto kLog = &Settings::log;
constexpr auto kLimits = &Settings::limits;
constexpr auto kNetwork = &Settings::network;
constexpr auto kStorage = &Settings::storage;
constexpr auto kRedis = &Settings::redis;
constexpr auto kEvents = &Settings::events;
constexpr auto kTokens = &Settings::tokens;
constexpr auto kAccounts = &Settings::accounts;

constexpr std::uint64_t kMaxPort = 65'535;

constexpr SettingRow kTable[] = {
    named<kProcess, &ProcessSettings::environment, kEnvironments>(
        "ENV", "development, staging or production", "APP_ENV"),
    named<kProcess, &ProcessSettings::debug, kBooleans>("DEBUG", "true or false"),
    number<kProcess, &ProcessSettings::workers>("WORKERS", 1, 256),
    outside_the_file(text<kProcess, &ProcessSettings::config_file>("CONFIG_FILE")),
    duration<kProcess, &ProcessSettings::drain_timeout>("DRAIN_TIMEOUT_MS", 0, kHourMs),

    text<kListen, &ListenSettings::host, is_address>(
        "API_HOST", "an IP address such as 127.0.0.1, 0.0.0.0 or ::"),
    number<kListen, &ListenSettings::port>("API_PORT", 0, kMaxPort),
    text<kListen, &ListenSettings::tls_cert_file>("TLS_CERT_FILE"),
    text<kListen, &ListenSettings::tls_key_file>("TLS_KEY_FILE"),

    named<kLog, &LogSettings::level, kLevels>("LOG_LEVEL", "DEBUG, INFO, WARNING, ERROR or OFF"),
    text<kLog, &LogSettings::file>("LOG_FILE"),
    named<kLog, &LogSettings::format, kFormats>("LOG_FORMAT", "text or json"),
    number<kLog, &LogSettings::max_bytes>("LOG_MAX_BYTES", 65'536, 1'024 * kGiB),
    number<kLog, &LogSettings::max_files>("LOG_MAX_FILES", 1, 1'000),
    duration<kLog, &LogSettings::slow_call>("SLOW_CALL_MS", 0, kHourMs),

    number<kLimits, &LimitSettings::max_head_bytes>("MAX_HEAD_BYTES", 1'024, 1'048'576),
    number<kLimits, &LimitSettings::max_fields>("MAX_FIELDS", 8, 10'000),
    number<kLimits, &LimitSettings::max_target_bytes>("MAX_TARGET_BYTES", 256, 1'048'576),
    number<kLimits, &LimitSettings::max_body_bytes>("MAX_BODY_BYTES", 0, 1'024 * kGiB),
    number<kLimits, &LimitSettings::cache_bytes>("CACHE_MAX_BYTES", 0, 1'024 * kGiB),
    duration<kLimits, &LimitSettings::head_timeout>("HEAD_TIMEOUT_MS", 100, kHourMs),
    duration<kLimits, &LimitSettings::idle_timeout>("IDLE_TIMEOUT_MS", 100, kHourMs),
    number<kLimits, &LimitSettings::max_connections>("MAX_CONNECTIONS", 1, 1'000'000),
    number<kLimits, &LimitSettings::max_pipelined_requests>("MAX_PIPELINED_REQUESTS", 1, 1'000),
    number<kLimits, &LimitSettings::default_rate>("DEFAULT_RATE_LIMIT", 0, 1'000'000),
    number<kLimits, &LimitSettings::limited_callers>("LIMITED_CALLERS_MAX", 1'000, 100'000'000),
    duration<kLimits, &LimitSettings::shedding_target>("LOAD_SHEDDING_TARGET_MS", 0, 60'000),

    networks<kNetwork, &NetworkSettings::trusted_proxies>("TRUSTED_PROXIES"),
    networks<kNetwork, &NetworkSettings::upstream_allow>("UPSTREAM_ALLOW_CIDRS"),

    text<kStorage, &StorageSettings::data_dir>("DATA_DIR"),
    text<kStorage, &StorageSettings::database_url, is_database_url>(
        "DATABASE_URL", "sqlite:///... or postgresql://...", Exposure::Url),
    text<kStorage, &StorageSettings::master_key>("MASTER_KEY", "32 bytes in Base64 or hexadecimal",
                                                 Exposure::Secret),
    text<kStorage, &StorageSettings::master_key_file>("MASTER_KEY_FILE"),
    text<kRedis, &RedisSettings::url, is_redis_url>("REDIS_URL", "redis://... or rediss://...",
                                                    Exposure::Url),
    text<kRedis, &RedisSettings::host, is_host>("REDIS_HOST", "a host name or an IP address"),
    number<kRedis, &RedisSettings::port>("REDIS_PORT", 1, kMaxPort),
    text<kRedis, &RedisSettings::password>("REDIS_PASSWORD", "text", Exposure::Secret),
    text<kRedis, &RedisSettings::ca_file>("REDIS_CA_FILE"),
    text<kEvents, &EventSettings::host, is_address>("ZMQ_HOST",
                                                    "an IP address such as 127.0.0.1 or 0.0.0.0"),
    number<kEvents, &EventSettings::publisher_port>("ZMQ_PUBLISHER_PORT", 0, kMaxPort),
    number<kEvents, &EventSettings::subscriber_port>("ZMQ_SUBSCRIBER_PORT", 0, kMaxPort),
    text<kEvents, &EventSettings::secret_key, events::is_curve_key>("ZMQ_SECRET_KEY", kCurveKey,
                                                                    Exposure::Secret),
    text<kEvents, &EventSettings::client_keys, are_curve_keys>(
        "ZMQ_CLIENT_KEYS", "public keys of 40 characters (Z85) with commas between them"),

    text<kTokens, &TokenSettings::secret_key>("JWT_SECRET_KEY", "text", Exposure::Secret),
    text<kTokens, &TokenSettings::previous_secret_key>("JWT_PREVIOUS_SECRET_KEY", "text",
                                                       Exposure::Secret),
    named<kTokens, &TokenSettings::algorithm, kAlgorithms>(
        "JWT_ALGORITHM", "HS256, HS384, HS512, RS256, PS256, ES256 or EdDSA"),
    duration<kTokens, &TokenSettings::lifetime>("JWT_EXPIRE_MINUTES", 1, 10'080),
    text<kTokens, &TokenSettings::issuer>("JWT_ISSUER"),
    text<kTokens, &TokenSettings::audience>("JWT_AUDIENCE"),

    named<kAccounts, &AccountsSettings::registration, kRegistrationPolicies>("REGISTRATION",
                                                                             "open or closed"),
    text<kAccounts, &AccountsSettings::admin_username>("ADMIN_USERNAME"),
    text<kAccounts, &AccountsSettings::admin_password>("ADMIN_PASSWORD", "text", Exposure::Secret),
    duration<kAccounts, &AccountsSettings::session_lifetime>("SESSION_EXPIRE_HOURS", 1, 8'760),
    duration<kAccounts, &AccountsSettings::session_idle_lifetime>("SESSION_IDLE_HOURS", 1, 8'760),
};

}  // namespace

std::span<const SettingRow> setting_table() {
  return kTable;
}

const SettingRow* find_setting(std::string_view name) {
  const auto row = std::ranges::find(kTable, name, &SettingRow::name);
  return row == std::ranges::end(kTable) ? nullptr : row;
}

std::string allowed_values(const SettingRow& row) {
  if (!row.allowed.empty()) return std::string(row.allowed);
  return "a whole number from " + std::to_string(row.least) + " to " + std::to_string(row.most);
}

std::string masked(Exposure exposure, std::string_view value) {
  if (value.empty() || exposure == Exposure::Plain) return std::string(value);
  const auto at = value.rfind('@');
  if (exposure == Exposure::Secret) return "***";
  // A password can also stand in a parameter (`?password=`), so that no query is shown.
  const auto shown = value.substr(0, value.find('?'));
  const std::string ending = shown.size() < value.size() ? "?***" : "";
  if (at == std::string_view::npos) return std::string(shown) + ending;
  const auto scheme = value.find("://");
  const auto start = scheme == std::string_view::npos || scheme > at ? 0 : scheme + 3;
  const auto rest = at < shown.size() ? shown.substr(at) : std::string_view{};
  return std::string(value.substr(0, start)) + "***" + std::string(rest) + ending;
}

std::string_view environment_name(Environment environment) {
  return std::ranges::find(kEnvironments, environment, &Named<Environment>::value)->name;
}

}  // namespace apiforge::app
