#include "shared_state/redis/redis_routes.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace apiforge::shared_state {
namespace {

/// A script whose text is missing, a slot that moved, and one that moves just now.
constexpr int kMaxAttempts = 4;

/// CRC-16/XMODEM, as the cluster specification has it.
std::uint16_t crc16(std::string_view text) {
  std::uint32_t crc = 0;
  for (const char c : text) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    }
    crc &= 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) {
  if (const auto open = key.find('{'); open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) {
      key = key.substr(open + 1, close - open - 1);
    }
  }
  return crc16(key) % RedisRoutes::kSlots;
}

std::optional<RedisRedirection> redirection_of(const RedisReply& reply) {
  RedisRedirection redirection;
  redirection.is_lasting = reply.is_error("MOVED");
  if (!redirection.is_lasting && !reply.is_error("ASK")) return std::nullopt;
  std::string_view rest = reply.text;
  rest.remove_prefix(rest.find(' ') + 1);
  const auto space = rest.find(' ');
  const auto colon = rest.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) {
    return std::nullopt;
  }
  const auto slot = parse_unsigned(rest.substr(0, space));
  const auto port = parse_unsigned(rest.substr(colon + 1));
  if (!slot || *slot >= RedisRoutes::kSlots || !port || *port == 0 || *port > 65'535) {
    return std::nullopt;
  }
  redirection.slot = static_cast<std::uint16_t>(*slot);
  redirection.to.port = static_cast<std::uint16_t>(*port);
  const auto host = rest.substr(space + 1, colon - space - 1);
  if (host != "?") redirection.to.host = host;
  return redirection;
}

struct RedisRoutes::Job {
  const RedisScript& script;
  std::string key;
  std::vector<std::string> arguments;
  MonotonicTime deadline;
  RedisLink::OnReply done;
  int attempts = 0;
};

RedisRoutes::RedisRoutes(net::EventLoop& loop, net::Dialer& dialer, RedisLinkConfig first)
    : loop_(loop), dialer_(dialer), first_(std::move(first)) {
  links_.push_back(std::make_unique<RedisLink>(loop_, dialer_, first_));
}

void RedisRoutes::close() {
  for (const auto& link : links_) link->close();
}

void RedisRoutes::run(const RedisScript& script, std::string key,
                      std::vector<std::string> arguments, MonotonicTime deadline,
                      RedisLink::OnReply done) {
  const Server server = server_of(redis_slot(key));
  attempt(std::make_shared<Job>(
              Job{script, std::move(key), std::move(arguments), deadline, std::move(done)}),
          server, false, false);
}

void RedisRoutes::send(std::string bytes, MonotonicTime deadline, RedisLink::OnReply done) {
  const auto answering = std::ranges::find_if(links_, [](const auto& l) { return l->available(); });
  RedisLink& link = answering == links_.end() ? *links_.front() : **answering;
  link.send(std::move(bytes), deadline, std::move(done));
}

void RedisRoutes::attempt(const JobPtr& job, Server server, bool with_text, bool asking) {
  ++job->attempts;
  std::vector<std::string_view> words = {with_text ? "EVAL" : "EVALSHA",
                                         with_text ? job->script.text : job->script.digest, "1",
                                         job->key};
  words.insert(words.end(), job->arguments.begin(), job->arguments.end());
  std::string bytes = asking ? command({"ASKING"}) : std::string();
  append_command(bytes, words);
  links_[server]->send(
      std::move(bytes), job->deadline,
      [this, job, server](Result<RedisReply> reply) { take(job, server, std::move(reply)); },
      asking ? 2 : 1);
}

void RedisRoutes::take(const JobPtr& job, Server server, Result<RedisReply> reply) {
  if (!reply) {
    forget(server);
    return job->done(std::move(reply));
  }
  if (!reply->is_error()) return job->done(std::move(reply));
  if (job->attempts < kMaxAttempts) {
    if (reply->is_error("NOSCRIPT")) return attempt(job, server, true, false);
    if (const auto redirection = redirection_of(*reply)) return follow(job, server, *redirection);
  }
  job->done(away("Redis answered: " + reply->text));
}

void RedisRoutes::follow(const JobPtr& job, Server from, const RedisRedirection& redirection) {
  net::HostPort address = redirection.to;
  if (address.host.empty()) address.host = links_[from]->address().host;
  const auto server = server_at(address);
  if (!server) return job->done(away("the Redis cluster has too many servers"));
  if (redirection.is_lasting) {
    if (slots_.empty()) slots_.resize(kSlots, 0);
    slots_[redirection.slot] = *server;
  }
  // The text is sent along with ASKING, which counts for one command only.
  const bool asking = !redirection.is_lasting;
  attempt(job, *server, asking, asking);
}

RedisRoutes::Server RedisRoutes::server_of(std::uint16_t slot) const {
  const Server learnt = slots_.empty() ? Server{0} : slots_[slot];
  // While the configured server is away, any other knows as well who has the slot.
  if (learnt != 0 || links_.front()->available()) return learnt;
  for (std::size_t i = 1; i < links_.size(); ++i) {
    if (links_[i]->available()) return static_cast<Server>(i);
  }
  return 0;
}

std::optional<RedisRoutes::Server> RedisRoutes::server_at(const net::HostPort& address) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const net::HostPort& known = links_[i]->address();
    if (known.host == address.host && known.port == address.port) return static_cast<Server>(i);
  }
  if (links_.size() == kMaxServers) return std::nullopt;
  RedisLinkConfig config = first_;
  config.address = address;
  links_.push_back(std::make_unique<RedisLink>(loop_, dialer_, std::move(config)));
  return static_cast<Server>(links_.size() - 1);
}

/// After a failure its slots are asked for anew: a replica may have taken them over.
void RedisRoutes::forget(Server server) {
  if (server != 0) std::ranges::replace(slots_, server, Server{0});
}

bool RedisRoutes::available() const {
  return std::ranges::any_of(links_, [](const auto& link) { return link->available(); });
}

RedisLinkReading RedisRoutes::reading() const {
  RedisLinkReading sum = links_.front()->reading();
  for (std::size_t i = 1; i < links_.size(); ++i) {
    const RedisLinkReading& one = links_[i]->reading();
    sum.commands += one.commands;
    sum.timeouts += one.timeouts;
    sum.errors += one.errors;
    sum.refused += one.refused;
    sum.last_latency = std::max(sum.last_latency, one.last_latency);
    if (sum.last_error.empty()) sum.last_error = one.last_error;
  }
  return sum;
}

}  // namespace apiforge::shared_state
