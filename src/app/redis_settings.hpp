// How the settings of Redis become what the adapter wants. Pure; any thread.
#pragma once
#include <optional>

#include "app/settings.hpp"
#include "base/error.hpp"
#include "shared_state/redis/redis_options.hpp"

namespace apiforge::app {

/// nullopt when neither REDIS_URL nor REDIS_HOST is set. `node` tells this process from others.
/// InvalidConfiguration names the setting.
Result<std::optional<shared_state::RedisOptions>> redis_options(const RedisSettings& settings,
                                                                std::string node);

}  // namespace apiforge::app
