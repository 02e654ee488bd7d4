#include "shared_state/redis/redis_link.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "net/precise_timer.hpp"
#include "policy/store_guard.hpp"

namespace apiforge::shared_state {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Longer than a command may take: a TLS handshake may, and the next commands profit from it.
constexpr milliseconds kConnectTimeout{1'000};
constexpr milliseconds kWriteTimeout{1'000};
/// A connection that is silent for so long is not needed, or dead.
constexpr std::chrono::seconds kSilence{30};
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{500};
constexpr std::size_t kInputBytes = 16 * 1024;

struct Pending {
  RedisLink::OnReply done;  ///< null: its time is over, and the reply is dropped
  MonotonicTime deadline;
  MonotonicTime since;
  std::uint32_t replies = 1;  ///< still to come
  bool is_greeting = false;   ///< of the connection, not of a caller
};

struct Waiting {
  std::string bytes;
  Pending pending;
};

/// Error replies that a server in good health gives.
bool is_ordinary(const RedisReply& reply) {
  return !reply.is_error() || reply.is_error("NOSCRIPT") || reply.is_error("MOVED") ||
         reply.is_error("ASK");
}

bool is_message(const RedisReply& reply) {
  return reply.items.size() == 3 && reply.items[0].text == "message";
}

}  // namespace

std::unexpected<Error> away(std::string why) {
  return fail(ErrorCode::StorageUnavailable, "the shared state cannot be reached", std::move(why));
}

struct RedisLink::State : std::enable_shared_from_this<State> {
  State(net::EventLoop& event_loop, net::Dialer& link_dialer, RedisLinkConfig link_config,
        OnMessage message_handler)
      : loop(event_loop),
        dialer(link_dialer),
        config(std::move(link_config)),
        on_message(std::move(message_handler)),
        target(std::make_shared<net::DialTarget>()),
        timer(event_loop, [this] { expire(); }) {
    target->address = config.address;
    target->tls = config.tls;
    target->server_name = config.address.host;
    target->input_bytes = kInputBytes;
  }

  void send(std::string bytes, MonotonicTime deadline, OnReply done, std::uint32_t replies);
  void refuse(OnReply done, const char* why);
  void write(std::string_view bytes, Pending pending);
  void greet();
  void expire();
  void take(std::string_view bytes);
  void take(RedisReply reply);
  void settle(Pending pending, RedisReply reply);
  void drop(std::string why);
  void arm(MonotonicTime deadline);
  void pause();

  static net::Task<void> connect(std::shared_ptr<State> self);
  static net::Task<void> read_all(std::shared_ptr<State> self, net::ConnectionPtr connection);
  static net::Task<void> write_all(std::shared_ptr<State> self, net::ConnectionPtr connection);

  net::EventLoop& loop;
  net::Dialer& dialer;
  RedisLinkConfig config;
  OnMessage on_message;
  std::shared_ptr<net::DialTarget> target;
  policy::StoreGuard guard;
  RedisLinkReading reading;

  net::ConnectionPtr connection;  ///< null while there is none
  RedisReader reader;             ///< of this connection
  std::deque<Pending> sent;       ///< in the order of their replies
  std::deque<Waiting> waiting;    ///< for a connection
  std::string outbox;
  bool is_writing = false;
  bool is_connecting = false;
  bool has_answered = false;  ///< since it was last lost
  bool is_closed = false;

  MonotonicTime next_connect{};
  nanoseconds next_pause = kFirstPause;
  MonotonicTime armed = MonotonicTime::max();
  net::PreciseTimer timer;
};

// ---------------------------------------------------------------------------------------- sending

void RedisLink::State::send(std::string bytes, MonotonicTime deadline, OnReply done,
                            std::uint32_t replies) {
  ++reading.commands;
  const MonotonicTime now = loop.now();
  if (is_closed) return refuse(std::move(done), "the connection to Redis is closed");
  if (sent.size() + waiting.size() >= kMaxPending) {
    return refuse(std::move(done), "too many commands wait for Redis");
  }
  if (!connection && !is_connecting && now < next_connect) {
    return refuse(std::move(done), "Redis could not be reached a moment ago");
  }
  if (!guard.admit(now)) return refuse(std::move(done), "Redis has not answered lately");
  Pending pending{.done = std::move(done), .deadline = deadline, .since = now, .replies = replies};
  arm(deadline);
  if (connection) return write(bytes, std::move(pending));
  waiting.push_back({std::move(bytes), std::move(pending)});
  if (!is_connecting) net::spawn(connect(shared_from_this()));
}

void RedisLink::State::refuse(OnReply done, const char* why) {
  ++reading.refused;
  done(away(why));
}

void RedisLink::State::write(std::string_view bytes, Pending pending) {
  sent.push_back(std::move(pending));
  outbox += bytes;
  if (!is_writing) net::spawn(write_all(shared_from_this(), connection));
}

/// What a connection begins with, in one go with the commands that wait for it.
void RedisLink::State::greet() {
  const MonotonicTime now = loop.now();
  const auto say = [&](std::initializer_list<std::string_view> words) {
    outbox += command(words);
    // As late as a command that was given now: the commands behind it have their own deadlines.
    sent.push_back(
        {.done = {}, .deadline = now + kConnectTimeout, .since = now, .is_greeting = true});
  };
  if (!config.user.empty()) {
    say({"AUTH", config.user, config.password.reveal()});
  } else if (!config.password.empty()) {
    say({"AUTH", config.password.reveal()});
  }
  if (config.database != 0) say({"SELECT", std::to_string(config.database)});
  if (!config.channel.empty()) say({"SUBSCRIBE", config.channel});
  if (!sent.empty()) arm(sent.back().deadline);
}

net::Task<void> RedisLink::State::connect(std::shared_ptr<State> self) {
  self->is_connecting = true;
  auto dialed = co_await self->dialer.dial(self->target, self->loop.now() + kConnectTimeout);
  self->is_connecting = false;
  if (self->is_closed) {
    if (dialed) (*dialed)->close();
    co_return;
  }
  if (!dialed) {
    self->drop(dialed.error().detail);
    co_return;
  }
  self->connection = *std::move(dialed);
  self->reader = RedisReader();
  self->greet();
  for (Waiting& command : std::exchange(self->waiting, {})) {
    self->outbox += command.bytes;
    self->sent.push_back(std::move(command.pending));
  }
  const net::ConnectionPtr connection = self->connection;
  if (!self->outbox.empty()) net::spawn(write_all(self, connection));
  net::spawn(read_all(self, connection));
}

net::Task<void> RedisLink::State::write_all(std::shared_ptr<State> self,
                                            net::ConnectionPtr connection) {
  self->is_writing = true;
  while (self->connection == connection && !self->outbox.empty()) {
    const std::string bytes = std::exchange(self->outbox, {});
    const std::array<std::string_view, 1> pieces{bytes};
    const auto end = co_await connection->write(pieces, 0, self->loop.now() + kWriteTimeout);
    // The reader learns of a broken connection too, and tells it.
    if (end != net::IoStatus::Ok) break;
  }
  if (self->connection == connection) self->is_writing = false;
}

// -------------------------------------------------------------------------------------- receiving

net::Task<void> RedisLink::State::read_all(std::shared_ptr<State> self,
                                           net::ConnectionPtr connection) {
  while (true) {
    const auto end = co_await connection->read(self->loop.now() + kSilence);
    if (self->connection != connection) co_return;
    if (end == net::IoStatus::TimedOut && self->sent.empty()) {
      self->connection = nullptr;  // nobody needed it; the next command makes a new one
      co_return;
    }
    if (end != net::IoStatus::Ok) {
      self->drop("Redis has closed the connection");
      co_return;
    }
    const std::string bytes(connection->input());
    connection->consume(bytes.size());
    self->take(bytes);
    if (self->connection != connection) co_return;
  }
}

void RedisLink::State::take(std::string_view bytes) {
  if (const auto fed = reader.feed(bytes); !fed) return drop(fed.error().detail);
  const net::ConnectionPtr current = connection;
  while (connection == current) {
    auto reply = reader.next();
    if (!reply) return drop(reply.error().detail + ": " + reply.error().context);
    if (!*reply) return;
    take(**std::move(reply));
  }
}

void RedisLink::State::take(RedisReply reply) {
  if (is_message(reply)) {
    if (on_message) on_message(reply.items[2].text);
    return;
  }
  if (sent.empty()) return drop("Redis has answered what nobody asked");
  if (--sent.front().replies > 0) return;
  Pending pending = std::move(sent.front());
  sent.pop_front();
  settle(std::move(pending), std::move(reply));
}

void RedisLink::State::settle(Pending pending, RedisReply reply) {
  if (pending.is_greeting) {
    if (reply.is_error()) drop("Redis has refused the connection: " + reply.text);
    return;
  }
  // A late answer tells nothing: a server that is always late would never be left alone.
  if (!pending.done) return;
  const MonotonicTime now = loop.now();
  const bool is_stale_master = reply.is_error("READONLY");
  if (is_ordinary(reply)) {
    guard.succeeded();
    has_answered = true;
    next_pause = kFirstPause;
    reading.last_latency = now - pending.since;
  } else {
    guard.failed(now);
    ++reading.errors;
    reading.last_error = reply.text;
  }
  // Its name may lead to the new master by now.
  const auto self = shared_from_this();
  if (is_stale_master) drop("the Redis server has become a replica");
  pending.done(std::move(reply));
}

// ----------------------------------------------------------------------------------------- failing

void RedisLink::State::arm(MonotonicTime deadline) {
  if (deadline >= armed) return;
  armed = deadline;
  timer.set(deadline);
}

/// Cuts what has waited long enough. Its slot stays until its reply comes, which is dropped.
void RedisLink::State::expire() {
  const auto self = shared_from_this();
  const MonotonicTime now = loop.now();
  std::vector<OnReply> expired;
  bool is_silent = false;
  auto next = MonotonicTime::max();
  const auto look_at = [&](Pending& pending) {
    if (pending.deadline <= now) {
      is_silent = is_silent || pending.is_greeting;
      if (pending.done) expired.push_back(std::exchange(pending.done, {}));
    } else if (pending.done || pending.is_greeting) {
      next = std::min(next, pending.deadline);
    }
  };
  for (Pending& pending : sent) look_at(pending);
  for (Waiting& command : waiting) look_at(command.pending);
  std::erase_if(waiting, [](const Waiting& command) { return !command.pending.done; });

  for (std::size_t i = 0; i < expired.size(); ++i) guard.failed(now);
  reading.timeouts += expired.size();
  if (!expired.empty()) reading.last_error = "Redis has not answered in time";
  armed = MonotonicTime::max();
  if (next != MonotonicTime::max()) arm(next);
  if (is_silent || (guard.is_open() && connection)) drop("Redis does not answer");
  for (OnReply& done : expired) done(away("Redis has not answered in time"));
}

/// Ends the connection, or the attempt at one, with all that is under way.
void RedisLink::State::drop(std::string why) {
  const auto self = shared_from_this();
  const MonotonicTime now = loop.now();
  if (connection) std::exchange(connection, nullptr)->close();
  if (!has_answered) pause();
  has_answered = false;
  is_writing = false;
  outbox.clear();
  auto lost = std::exchange(sent, {});
  for (Waiting& command : std::exchange(waiting, {})) lost.push_back(std::move(command.pending));
  std::erase_if(lost, [](const Pending& pending) { return !pending.done; });
  // One event, however many commands it took along.
  if (!lost.empty()) guard.failed(now);
  reading.errors += lost.size();
  reading.last_error = std::move(why);
  const std::string reason = reading.last_error;
  for (Pending& pending : lost) pending.done(away(reason));
}

/// Up to a half longer, so that not all nodes come back at the same moment.
void RedisLink::State::pause() {
  const auto jitter = loop.random().below(static_cast<std::uint64_t>(next_pause.count()) / 2 + 1);
  next_connect = loop.now() + next_pause + nanoseconds(jitter);
  next_pause = std::min<nanoseconds>(2 * next_pause, kLongestPause);
}

// ----------------------------------------------------------------------------------------- the
// face

RedisLink::RedisLink(net::EventLoop& loop, net::Dialer& dialer, RedisLinkConfig config,
                     OnMessage on_message)
    : state_(std::make_shared<State>(loop, dialer, std::move(config), std::move(on_message))) {}

RedisLink::~RedisLink() {
  close();
}

void RedisLink::close() {
  state_->is_closed = true;
  state_->on_message = {};
  state_->timer.clear();
  state_->drop("the connection to Redis is closed");
}

void RedisLink::send(std::string bytes, MonotonicTime deadline, OnReply done,
                     std::uint32_t replies) {
  state_->send(std::move(bytes), deadline, std::move(done), replies);
}

bool RedisLink::available() const {
  return state_->has_answered && !state_->guard.is_open();
}

const RedisLinkReading& RedisLink::reading() const {
  return state_->reading;
}

const net::HostPort& RedisLink::address() const {
  return state_->config.address;
}

}  // namespace apiforge::shared_state
