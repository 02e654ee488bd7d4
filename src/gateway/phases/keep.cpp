#include "gateway/phases/keep.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "gateway/cache/cache_ticket.hpp"
#include "gateway/cache/worker_cache.hpp"
#include "gateway/field_filter.hpp"
#include "gateway/phases/answer_kept.hpp"
#include "gateway/phases/cache_key.hpp"
#include "policy/error_reply.hpp"

namespace apiforge::gateway::phases {
namespace {

using cache::CacheKey;
using cache::CacheTicket;
using cache::FlightEnd;
using cache::KeptReply;

constexpr int kNotModified = 304;
constexpr int kFirstServerError = 500;

// Only `recall` puts a ticket there.
CacheTicket* ticket_of(const Call& call) {
  return static_cast<CacheTicket*>(call.keep.get());
}

bool is_safe(net::Method method) {
  return method == net::Method::Get || method == net::Method::Head ||
         method == net::Method::Options || method == net::Method::Trace;
}

template <class Fields>
policy::ReplyFacts facts_of(const Fields& fields) {
  policy::ReplyFacts facts;
  for (const auto& field : fields) policy::read_reply_field(field.name, field.value, facts);
  return facts;
}

std::optional<policy::Freshness> freshness_of(const Call& call, const CacheTicket& ticket,
                                              int status, const policy::ReplyFacts& facts,
                                              WorkerContext& worker) {
  const model::CachePolicy& policy = *call.config().config.cache;
  const policy::ReplyToKeep exchange{.status = status,
                                     .request = ticket.request,
                                     .reply = facts,
                                     .caller_is_known = call.caller != nullptr,
                                     .asked = ticket.asked,
                                     .received = worker.loop.recent(),
                                     .received_wall = worker.loop.recent_wall()};
  return policy::freshness_to_keep(exchange, policy,
                                   policy::rule_ttl(policy, call.upstream_path()));
}

// Notes the request's values of what `Vary` names; false: the reply is for this request only.
bool add_selecting(const Call& call, const policy::ReplyFacts& facts, KeptReply& kept) {
  std::vector<net::Field> storage;
  const auto fields = cached_fields(call, storage);
  for (std::size_t i = 0; i < facts.vary_count; ++i) {
    const std::string_view name = facts.vary[i];
    switch (policy::vary_name(name)) {
      case policy::VaryName::Unkeyable:
        return false;
      case policy::VaryName::Credential:
        if (ticket_of(call)->request.is_personal) return false;
        kept.freshness.for_personal = false;
        break;
      case policy::VaryName::Selects:
        kept.selecting.push_back(cache::selecting_field(name, fields));
        break;
      case policy::VaryName::InKey:
        break;
    }
  }
  return true;
}

void set_validators(KeptReply& kept) {
  kept.validators = {std::string(kept.reply.field("ETag")),
                     std::string(kept.reply.field("Last-Modified"))};
}

// What will be kept, without its body; null when it may not be.
std::unique_ptr<KeptReply> begin_copy(Call& call, WorkerContext& worker,
                                      const net::ResponseHead& head) {
  const model::Api& api = call.config().config;
  if (head.framing == net::BodyFraming::Length &&
      head.content_length > api.cache->max_object_bytes) {
    return nullptr;
  }
  // A body that cannot be read cannot be found to be an error.
  if (!api.error_replies.empty() && !net::find_field(head.fields, "Content-Encoding").empty()) {
    return nullptr;
  }
  const policy::ReplyFacts facts = facts_of(head.fields);
  const auto freshness = freshness_of(call, *ticket_of(call), head.status, facts, worker);
  if (!freshness) return nullptr;
  auto kept = std::make_unique<KeptReply>();
  kept->freshness = *freshness;
  if (!add_selecting(call, facts, *kept)) return nullptr;
  kept->reply.status = head.status;
  std::vector<net::Field> fields;
  select_reply_fields(head, false, fields);
  for (const net::Field& field : fields) {
    if (!policy::is_kept_field(field.name)) continue;
    kept->reply.fields.push_back({std::string(field.name), std::string(field.value)});
  }
  set_validators(*kept);
  return kept;
}

void invalidate_target(const Call& call, WorkerContext& worker) {
  cache::WorkerCache& cache = worker.cache;
  write_cache_key(call, cache.owner_of(call.api->api).id, cache.key_scratch());
  cache.invalidate(cache.key(cache.key_scratch()));
}

void append_status(const CacheTicket& ticket, bool stored, std::string& lines) {
  lines += "Cache-Status: apiforge; fwd=";
  switch (ticket.forwarded) {
    case cache::Forwarded::Miss:
      lines += "miss";
      break;
    case cache::Forwarded::Stale:
      lines += "stale";
      break;
    case cache::Forwarded::Request:
      lines += "request";
      break;
  }
  lines += stored ? "; stored\r\n" : "\r\n";
}

// The kept reply with the fields of the 304; null when it says that it is no longer to be kept.
cache::KeptPtr renewed(Call& call, WorkerContext& worker, const CacheTicket& ticket,
                       std::span<const net::Field> fields) {
  auto kept = std::make_unique<KeptReply>(*ticket.stale);
  std::vector<OwnedField>& old = kept->reply.fields;
  for (const net::Field& field : fields) {
    if (!policy::is_updated_by_304(field.name)) continue;
    std::erase_if(old, [&field](const OwnedField& each) {
      return equals_ignoring_case(each.name, field.name);
    });
  }
  for (const net::Field& field : fields) {
    if (!policy::is_updated_by_304(field.name)) continue;
    old.push_back({std::string(field.name), std::string(field.value)});
  }
  policy::ReplyFacts facts = facts_of(old);
  for (const net::Field& field : fields) {
    if (equals_ignoring_case(field.name, "Age")) {
      policy::read_reply_field(field.name, field.value, facts);
    }
  }
  // An answer about something else than what was asked for.
  if (!policy::is_same_tag(facts.etag, ticket.stale->validators.etag)) return nullptr;
  const auto freshness = freshness_of(call, ticket, kept->reply.status, facts, worker);
  if (!freshness) return nullptr;
  const bool for_personal = kept->freshness.for_personal && freshness->for_personal;
  kept->freshness = *freshness;
  kept->freshness.for_personal = for_personal;
  set_validators(*kept);
  return kept;
}

// Puts the renewed reply in the place of the old one, for all workers.
cache::KeptPtr renew(Call& call, WorkerContext& worker, std::span<const net::Field> fields) {
  CacheTicket& ticket = *ticket_of(call);
  const CacheKey key{ticket.key, ticket.hash};
  cache::KeptPtr kept = renewed(call, worker, ticket, fields);
  if (!kept) {
    ticket.flight.end(FlightEnd::NotKept);
    worker.cache.invalidate(key);
    return ticket.stale;
  }
  worker.cache.keep(key, ticket.owner, kept, ticket.asked, ticket.flight);
  return kept;
}

std::vector<net::Field> views_of(const WholeReply& reply) {
  std::vector<net::Field> fields;
  fields.reserve(reply.fields.size());
  for (const OwnedField& field : reply.fields) {
    fields.push_back({field.name, field.value, net::FieldId::Other});
  }
  return fields;
}

}  // namespace

bool validated(const Call& call, const net::ResponseHead& head) {
  const CacheTicket* ticket = ticket_of(call);
  return ticket != nullptr && ticket->validates && head.status == kNotModified;
}

net::Task<void> answer_validated(Call& call, WorkerContext& worker, const net::ResponseHead& head) {
  std::vector<net::Field> fields;
  select_reply_fields(head, false, fields);
  cache::KeptPtr kept = renew(call, worker, fields);
  co_await answer_kept(call, worker, std::move(kept), ticket_of(call)->request,
                       KeptAnswer::Validated);
}

bool wants_to_keep(Call& call, WorkerContext& worker, const net::ResponseHead& head) {
  if (!call.config().config.cache) return false;
  if (policy::invalidates(is_safe(call.request().method), head.status)) {
    invalidate_target(call, worker);
  }
  CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr) return false;
  ticket->copy.reset();
  if (call.request().method == net::Method::Get && head.status < kFirstServerError) {
    ticket->copy = begin_copy(call, worker, head);
  }
  append_status(*ticket, ticket->copy != nullptr, call.reply_lines);
  if (ticket->copy) {
    ticket->copy_limit = call.config().config.cache->max_object_bytes;
    return true;
  }
  const bool failed = head.status >= kFirstServerError;
  ticket->flight.end(failed ? FlightEnd::Failed : FlightEnd::NotKept);
  return false;
}

void copy_body(Call& call, const net::Body& body) {
  CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr || !ticket->copy) return;
  std::string& copy = ticket->copy->reply.body;
  if (copy.size() + body.bytes() > ticket->copy_limit) {
    ticket->copy.reset();
    ticket->flight.end(FlightEnd::NotKept);
    return;
  }
  for (std::size_t i = 0; i < body.count; ++i) copy.append(body.pieces[i]);
}

void keep(Call& call, WorkerContext& worker) {
  CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr || !ticket->copy) return;
  std::unique_ptr<KeptReply> kept = std::move(ticket->copy);
  WholeReply& reply = kept->reply;
  if (policy::is_declared_error(call.config().config.error_replies, reply.status, reply.body)) {
    ticket->flight.end(FlightEnd::Failed);
    return;
  }
  reply.body.shrink_to_fit();
  worker.cache.keep({ticket->key, ticket->hash}, ticket->owner, std::move(kept), ticket->asked,
                    ticket->flight);
}

void keep(Call& call, WorkerContext& worker, const WholeReply& reply) {
  net::Body body;
  body.pieces[body.count++] = reply.body;
  copy_body(call, body);
  keep(call, worker);
}

void keep_renewed(Call& call, WorkerContext& worker, const WholeReply& reply) {
  CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr) return;
  const std::vector<net::Field> fields = views_of(reply);
  net::ResponseHead head;
  head.status = reply.status;
  head.fields = fields;
  if (validated(call, head)) {
    renew(call, worker, fields);
    return;
  }
  if (wants_to_keep(call, worker, head)) {
    keep(call, worker, reply);
  } else if (reply.status < kFirstServerError) {
    worker.cache.invalidate({ticket->key, ticket->hash});
  }
}

void give_up(Call& call) {
  CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr) return;
  ticket->copy.reset();
  ticket->flight.end(FlightEnd::Failed);
}

net::Task<bool> answer_stale(Call& call, WorkerContext& worker, StaleUse use) {
  const CacheTicket* const ticket = ticket_of(call);
  if (ticket == nullptr) co_return false;
  give_up(call);
  if (!ticket->stale) co_return false;
  cache::KeptPtr kept = ticket->stale;
  const bool allowed =
      use == StaleUse::Fallback
          ? policy::usable_as_fallback(kept->freshness, ticket->request)
          : policy::usable_on_error(kept->freshness, ticket->request, worker.loop.now());
  if (!allowed) co_return false;
  co_await answer_kept(call, worker, std::move(kept), ticket->request, KeptAnswer::Hit);
  co_return true;
}

}  // namespace apiforge::gateway::phases
