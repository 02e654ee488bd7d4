#include "shared_state/redis/redis_hints.hpp"

#include <utility>

#include "base/text.hpp"

namespace apiforge::shared_state {
namespace {

std::string channel_of(const RedisOptions& options) {
  return options.prefix + "changes";
}

RedisLinkConfig listening(RedisLinkConfig config, const RedisOptions& options) {
  config.channel = channel_of(options);
  return config;
}

}  // namespace

RedisHints::RedisHints(net::EventLoop& loop, net::Dialer& dialer, RedisRoutes& routes,
                       RedisLinkConfig config, const RedisOptions& options)
    : loop_(loop),
      routes_(routes),
      channel_(channel_of(options)),
      command_timeout_(options.command_timeout),
      listener_(loop, dialer, listening(std::move(config), options),
                [this](std::string_view payload) { hear(payload); }) {}

void RedisHints::announce(std::uint64_t revision) {
  routes_.send(command({"PUBLISH", channel_, std::to_string(revision)}),
               loop_.now() + command_timeout_, [](auto) {});
}

void RedisHints::listen(OnHint on_hint) {
  on_hint_ = std::move(on_hint);
  beat();
}

void RedisHints::beat() {
  if (!on_hint_) return;
  listener_.send(command({"PING"}), loop_.now() + command_timeout_, [](auto) {});
}

void RedisHints::hear(std::string_view payload) {
  const auto revision = parse_unsigned(payload);
  if (revision && on_hint_) on_hint_(*revision);
}

}  // namespace apiforge::shared_state
