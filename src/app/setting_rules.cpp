#include "app/setting_rules.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"

namespace apiforge::app {
namespace {

constexpr std::size_t kLeastKeyBytes = 32;
/// A random key of 32 bytes has fewer distinct ones once in more than a million, even in
/// hexadecimal.
constexpr std::size_t kLeastDistinctBytes = 6;
constexpr std::size_t kLongestPeriod = 16;

/// Pieces of sample keys, in lower case and without punctuation.
constexpr std::array<std::string_view, 11> kSamplePieces{
    "changeme", "changethis", "yoursecret",  "secretkey", "supersecret", "jwtsecret",
    "password", "insecure",   "placeholder", "example",   "donotuse"};

std::string letters_and_digits(std::string_view text) {
  std::string result;
  for (const char c : lower_case(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) result += c;
  }
  return result;
}

bool is_repetition(std::string_view text) {
  for (std::size_t period = 1; period <= kLongestPeriod && 2 * period <= text.size(); ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

void check_tls(const ListenSettings& listen, std::vector<BrokenRule>& broken) {
  if (!listen.tls_cert_file.empty() && listen.tls_key_file.empty()) {
    broken.push_back({"TLS_KEY_FILE", "is required together with TLS_CERT_FILE"});
  }
  if (!listen.tls_key_file.empty() && listen.tls_cert_file.empty()) {
    broken.push_back({"TLS_CERT_FILE", "is required together with TLS_KEY_FILE"});
  }
}

void check_ports(const EventSettings& events, std::vector<BrokenRule>& broken) {
  if (events.publisher_port == 0 || events.publisher_port != events.subscriber_port) return;
  broken.push_back({"ZMQ_SUBSCRIBER_PORT", "must differ from ZMQ_PUBLISHER_PORT"});
}

void check_keys(const EventSettings& events, std::vector<BrokenRule>& broken) {
  if (!events.client_keys.empty() && events.secret_key.empty()) {
    broken.push_back({"ZMQ_SECRET_KEY", "is required together with ZMQ_CLIENT_KEYS"});
  }
}

/// A file that nothing would be verified with promises what does not hold.
void check_redis(const RedisSettings& redis, std::vector<BrokenRule>& broken) {
  if (redis.ca_file.empty() || redis.url.starts_with("rediss://")) return;
  broken.push_back({"REDIS_CA_FILE", "is for a REDIS_URL that begins with rediss://"});
}

void check_limits(const LimitSettings& limits, std::vector<BrokenRule>& broken) {
  if (limits.max_target_bytes <= limits.max_head_bytes) return;
  broken.push_back({"MAX_TARGET_BYTES", "must not be greater than MAX_HEAD_BYTES"});
}

void check_accounts(const Settings& settings, std::vector<BrokenRule>& broken) {
  const AccountsSettings& accounts = settings.accounts;
  if (!accounts.admin_username.empty() && accounts.admin_password.empty()) {
    broken.push_back({"ADMIN_PASSWORD", "is required together with ADMIN_USERNAME"});
  }
  if (!accounts.admin_password.empty() && accounts.admin_username.empty()) {
    broken.push_back({"ADMIN_USERNAME", "is required together with ADMIN_PASSWORD"});
  }
  if (!settings.storage.master_key.empty() && !settings.storage.master_key_file.empty()) {
    broken.push_back({"MASTER_KEY_FILE", "cannot be set together with MASTER_KEY"});
  }
}

void check_production(const Settings& settings, std::vector<BrokenRule>& broken) {
  if (settings.process.debug) broken.push_back({"DEBUG", "must be false in production"});
  if (settings.tokens.secret_key.empty()) {
    broken.push_back({"JWT_SECRET_KEY",
                      "is required in production: 32 random bytes or more, for example from "
                      "`openssl rand -base64 48`"});
  } else if (is_weak_key(settings.tokens.secret_key.reveal())) {
    broken.push_back({"JWT_SECRET_KEY",
                      "must be 32 random bytes or more in production and no sample value; make one "
                      "with `openssl rand -base64 48`"});
  }
  if (settings.storage.master_key.empty() && settings.storage.master_key_file.empty()) {
    broken.push_back(
        {"MASTER_KEY_FILE",
         "or MASTER_KEY is required in production: 32 random bytes, for example from "
         "`openssl rand -base64 32`; keep a copy, without it stored secrets are lost"});
  }
}

}  // namespace

bool is_weak_key(std::string_view key) {
  if (key.size() < kLeastKeyBytes) return true;
  if (std::set<char>(key.begin(), key.end()).size() < kLeastDistinctBytes) return true;
  if (is_repetition(key)) return true;
  const std::string plain = letters_and_digits(key);
  return std::ranges::any_of(kSamplePieces, [&](std::string_view piece) {
    return plain.find(piece) != std::string::npos;
  });
}

std::vector<BrokenRule> broken_rules(const Settings& settings) {
  std::vector<BrokenRule> broken;
  check_tls(settings.listen, broken);
  check_ports(settings.events, broken);
  check_keys(settings.events, broken);
  check_redis(settings.redis, broken);
  check_limits(settings.limits, broken);
  check_accounts(settings, broken);
  if (settings.process.environment == Environment::Production) check_production(settings, broken);
  return broken;
}

std::vector<std::string> notes_for_production(const Settings& settings) {
  std::vector<std::string> notes;
  if (settings.process.environment == Environment::Production) return notes;
  if (settings.tokens.secret_key.empty()) {
    notes.push_back("JWT_SECRET_KEY is not set; production requires one of 32 bytes or more");
  } else if (is_weak_key(settings.tokens.secret_key.reveal())) {
    notes.push_back("JWT_SECRET_KEY is weak; production would refuse it");
  }
  return notes;
}

}  // namespace apiforge::app
