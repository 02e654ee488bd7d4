#include "shared_state/redis/redis_counters.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace apiforge::shared_state {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::string_view kNow = "-1";

std::int64_t in_microseconds(std::chrono::nanoseconds time) {
  return duration_cast<microseconds>(time).count();
}

/// Whether the reply is a list of `size` integers.
bool has_integers(const RedisReply& reply, std::size_t size) {
  return reply.items.size() == size && std::ranges::all_of(reply.items, [](const auto& item) {
           return item.kind == RedisReply::Kind::Integer;
         });
}

}  // namespace

RedisCounters::RedisCounters(net::EventLoop& loop, RedisRoutes& routes, const RedisOptions& options)
    : loop_(loop),
      routes_(routes),
      prefix_(options.prefix),
      node_(options.node),
      command_timeout_(options.command_timeout) {}

void RedisCounters::lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) {
  notice_absence();
  if (const MonotonicTime now = loop_.now(); now < quiet_until_) {
    return done(Lease{.units = 0, .valid_for = kLeaseValidity, .retry_after = quiet_until_ - now});
  }
  Question question = question_of(rate);
  const bool is_window = question.window.count() > 0;
  // While all were away nobody took from the buckets; so that they begin empty is payment enough.
  const bool is_empty = is_away_ || (is_window && question.bucket.failed_at != 0);
  const MonotonicTime deadline = question.asked.at + command_timeout_;
  if (!is_empty) question.debt = buckets_.take_debt(question.key, deadline, nodes());
  std::vector<std::string> arguments = {
      std::to_string(std::max<std::int64_t>(rate.amount, 1)),
      std::to_string(std::max<std::int64_t>(in_microseconds(rate.per), 1)),
      std::to_string(std::max<std::int64_t>(rate.burst, 1)),
      std::to_string(std::max<std::int64_t>(units, 1)),
      exactly ? "1" : "0",
      std::to_string(question.bucket.last_tat),
      is_empty ? std::string(kNow) : std::to_string(empty_at_),
      std::to_string(in_microseconds(question.debt))};
  if (is_window) {
    const bool slides = rate.algorithm == model::LimitAlgorithm::SlidingWindow;
    arguments.insert(arguments.end(), {slides ? "1" : "0", std::to_string(question.bucket.taken)});
  }
  const std::string key = question.key;
  routes_.run(is_window ? window_script() : lease_script(), key, std::move(arguments), deadline,
              [this, question = std::move(question), done = std::move(done)](auto reply) mutable {
                take_lease(question, std::move(reply), std::move(done));
              });
}

RedisCounters::Question RedisCounters::question_of(const SharedRate& rate) {
  Question question{.asked = ask_now(), .key = prefix_, .bucket = {}};
  switch (rate.algorithm) {
    case model::LimitAlgorithm::Gcra:
      question.key += "rate:";
      break;
    case model::LimitAlgorithm::FixedWindow:
      question.key += "fixed:";
      break;
    case model::LimitAlgorithm::SlidingWindow:
      question.key += "sliding:";
      break;
  }
  if (rate.algorithm != model::LimitAlgorithm::Gcra) {
    question.window = rate.per;
    question.key += std::to_string(in_microseconds(rate.per)) + ":";
  }
  question.key += "{" + rate.key + "}";
  question.bucket = buckets_.find(question.key);
  return question;
}

void RedisCounters::take_lease(const Question& question, Result<RedisReply> reply, OnLease done) {
  const bool is_window = question.window.count() > 0;
  if (reply && !has_integers(*reply, is_window ? 6 : 4)) {
    reply = away("Redis gave another answer than the script's");
  }
  if (!reply) {
    if (routes_.available()) {
      buckets_.failed(question.key, loop_.now(), question.debt);
    } else {
      went_away();
    }
    return done(std::unexpected(std::move(reply.error())));
  }
  const auto integer = [&](std::size_t place) { return reply->items[place].integer; };
  const std::int64_t now = integer(3);
  buckets_.answered(question.key, question.bucket, integer(2), now, is_window ? integer(5) : 0);
  came_back(question.asked, now);
  std::chrono::nanoseconds valid_for = kLeaseValidity;
  if (is_window) {
    const std::chrono::nanoseconds rest = microseconds(integer(4));
    valid_for = std::min(valid_for, question.window < kShortWindow ? question.window : rest);
  }
  done(Lease{.units = integer(0), .valid_for = valid_for, .retry_after = microseconds(integer(1))});
}

// ------------------------------------------------------------------------------------------ nodes

void RedisCounters::beat() {
  notice_absence();
  std::vector<std::string> arguments = {node_, std::to_string(in_microseconds(kNodeLife))};
  const Asked asked = ask_now();
  routes_.run(beat_script(), prefix_ + "{nodes}", std::move(arguments), asked.at + command_timeout_,
              [this, asked](auto reply) { take_beat(asked, std::move(reply)); });
}

void RedisCounters::take_beat(const Asked& asked, Result<RedisReply> reply) {
  if (!reply || !has_integers(*reply, 3)) {
    if (!routes_.available()) went_away();
    return;
  }
  const auto nodes = static_cast<std::uint32_t>(std::max<std::int64_t>(reply->items[0].integer, 1));
  const bool was_counted = reply->items[1].integer != 0;
  const std::int64_t now = reply->items[2].integer;
  // Redis has forgotten this node before its time, and so the buckets too.
  if (!was_counted && last_beat_ != 0 && now - last_beat_ < in_microseconds(kNodeLife)) {
    empty_at_ = now;
  }
  last_beat_ = now;
  node_count_.counted(nodes);
  came_back(asked, now);
}

// --------------------------------------------------------------------------------------- absences

/// The connection may have been lost while nobody asked for anything.
void RedisCounters::notice_absence() {
  if (routes_.available()) {
    was_there_ = true;
  } else if (was_there_) {
    went_away();
  }
}

void RedisCounters::went_away() {
  was_there_ = false;
  // A node that does not know how many there are has no share of its own, and uses none.
  is_away_ = is_away_ || node_count_.known() > 0;
  ++absences_;
}

/// Redis has answered; at `now`, by its own clock.
void RedisCounters::came_back(const Asked& asked, std::int64_t now) {
  if (!is_away_ || asked.absences != absences_) return;
  is_away_ = false;
  // Local shares were used until this moment, at most that much later than the script ran.
  empty_at_ = now + in_microseconds(loop_.now() - asked.at);
  if (node_count_.likely() > 1) {
    quiet_until_ = loop_.now() + kStragglers;
    empty_at_ += in_microseconds(kStragglers);
  }
  buckets_.all_paid(std::max(loop_.now(), quiet_until_));
}

}  // namespace apiforge::shared_state
