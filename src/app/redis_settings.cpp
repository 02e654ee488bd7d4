#include "app/redis_settings.hpp"

namespace apiforge::app {

Result<std::optional<shared_state::RedisOptions>> redis_options(const RedisSettings& settings,
                                                                std::string node) {
  shared_state::RedisOptions options;
  if (!settings.url.empty()) {
    auto parsed = shared_state::parse_redis_url(settings.url);
    if (!parsed) {
      return fail(ErrorCode::InvalidConfiguration, "REDIS_URL " + parsed.error().detail);
    }
    options = *std::move(parsed);
  } else if (!settings.host.empty()) {
    options.host = settings.host;
    options.port = settings.port;
  } else {
    return std::nullopt;
  }
  if (options.password.empty()) options.password = settings.password;
  if (!settings.ca_file.empty()) options.ca_file = settings.ca_file;
  options.node = std::move(node);
  return options;
}

}  // namespace apiforge::app
