#include "admin/idempotency_ledger.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/caller.hpp"
#include "base/encoding.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;
using storage::Kind;
using storage::Mode;
using storage::Record;
using storage::Scope;

constexpr std::string_view kReplyColumn = "reply";

/// Joins texts so that no others give the same: each ends with its length.
std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text.append(part).append("\n").append(std::to_string(part.size())).append("\n");
  }
  return text;
}

std::string who(const auth::Caller* caller) {
  if (caller == nullptr) return "anonymous";
  return caller->key ? "key:" + caller->key->value : "user:" + caller->user.value;
}

/// What a note holds. The digests are keyed, as the request may hold a password.
struct Note {
  std::string request;  ///< digest of query and body
  std::int64_t expires_ms = 0;
  std::string reply;  ///< sealed; empty while the request is under way
};

std::string to_text(const Note& note) {
  json::object object;
  object["request"] = note.request;
  object["expires_ms"] = note.expires_ms;
  object["reply"] = note.reply;
  return json::serialize(object);
}

std::unexpected<Error> unreadable() {
  return fail(ErrorCode::SealedDataUnreadable, "the reply that was kept for this key is damaged");
}

Result<Note> parse_note(const std::string& text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  const json::value* request = object ? object->if_contains("request") : nullptr;
  const json::value* expires = object ? object->if_contains("expires_ms") : nullptr;
  const json::value* reply = object ? object->if_contains("reply") : nullptr;
  const bool good = request && request->is_string() && expires && expires->is_int64() && reply &&
                    reply->is_string();
  if (!good) return unreadable();
  return Note{std::string(request->get_string()), expires->get_int64(),
              std::string(reply->get_string())};
}

std::string to_text(const ControlReply& reply) {
  json::array fields;
  for (const auto& [name, value] : reply.fields) fields.push_back(json::array{name, value});
  json::object object;
  object["status"] = reply.status;
  object["fields"] = std::move(fields);
  object["content_type"] = reply.content_type;
  object["body"] = reply.body;
  return json::serialize(object);
}

Result<ControlReply> parse_reply(std::string_view text) {
  // The text was authenticated when it was opened; the accessors throw if it is not ours after all.
  try {
    const json::value value = json::parse(text);
    ControlReply reply;
    reply.status = value.at("status").to_number<int>();
    reply.content_type = value.at("content_type").as_string();
    reply.body = value.at("body").as_string();
    for (const json::value& field : value.at("fields").as_array()) {
      reply.fields.emplace_back(field.at(0).as_string(), field.at(1).as_string());
    }
    reply.fields.emplace_back("Idempotency-Replayed", "true");
    return reply;
  } catch (const std::exception&) {
    return unreadable();
  }
}

}  // namespace

Result<IdempotencyLedger::Claim> IdempotencyLedger::claim(const ControlRequest& request,
                                                          const auth::Caller* caller,
                                                          std::string_view key) const {
  Claim claim;
  claim.note.kind = Kind::IdempotencyKey;
  claim.note.tenant = caller != nullptr ? caller->tenant.value : model::kPlatformTenant;
  claim.note.id = hex(hasher_.digest(join({"idempotency-key", claim.note.tenant, who(caller),
                                           net::method_name(request.method), request.path, key})));
  const std::string digest =
      hex(hasher_.digest(join({"idempotent-request", request.query, request.body})));
  const WallTime now = clock_.wall();
  auto transaction = store_.begin(Scope::of(claim.note.tenant), Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto found = (*transaction)->find(Kind::IdempotencyKey, claim.note.id);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) {
    auto note = parse_note((*found)->body);
    if (!note) return std::unexpected(std::move(note.error()));
    if (note->expires_ms > unix_milliseconds(now)) {
      if (note->request != digest) {
        return fail(ErrorCode::IdempotencyKeyReused,
                    "another request was sent with this Idempotency-Key; use a new one");
      }
      if (note->reply.empty()) {
        return fail(ErrorCode::RequestInProgress,
                    "if this goes on, look whether the first request took effect");
      }
      auto reply = open_reply(**transaction, **found, note->reply);
      if (!reply) return std::unexpected(std::move(reply.error()));
      claim.reply = *std::move(reply);
      return claim;
    }
    const auto removed =
        (*transaction)->remove(Kind::IdempotencyKey, claim.note.id, (*found)->revision);
    if (!removed) return std::unexpected(removed.error());
  }
  claim.note.body = to_text(Note{digest, unix_milliseconds(now + kIdempotencyLifetime), {}});
  if (auto done = (*transaction)->insert(claim.note); !done) {
    const bool raced = done.error().code == ErrorCode::AlreadyExists;
    if (raced) return fail(ErrorCode::RequestInProgress);
    return std::unexpected(std::move(done.error()));
  }
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(std::move(done.error()));
  return claim;
}

Result<ControlReply> IdempotencyLedger::open_reply(storage::Transaction& transaction,
                                                   const Record& note,
                                                   std::string_view sealed) const {
  const auto row = auth::sealed_row(Kind::IdempotencyKey, note.id, kReplyColumn);
  auto text = vault_.open(transaction, model::TenantId{note.tenant}, row, sealed);
  if (!text) return std::unexpected(std::move(text.error()));
  return parse_reply(text->reveal());
}

Result<void> IdempotencyLedger::complete(Claim& claim, const ControlReply& reply) const {
  Record& record = claim.note;
  auto note = parse_note(record.body);
  if (!note) return std::unexpected(std::move(note.error()));
  auto transaction = store_.begin(Scope::of(record.tenant), Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto row = auth::sealed_row(Kind::IdempotencyKey, record.id, kReplyColumn);
  const Secret text(to_text(reply));
  auto sealed = vault_.seal(**transaction, model::TenantId{record.tenant}, row, text.reveal());
  if (!sealed) return std::unexpected(std::move(sealed.error()));
  note->reply = *std::move(sealed);
  record.body = to_text(*note);
  if (auto done = (*transaction)->update(record); !done) return done;
  return (*transaction)->commit();
}

Result<void> IdempotencyLedger::release(const Claim& claim) const {
  auto transaction = store_.begin(Scope::of(claim.note.tenant), Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto done = (*transaction)->remove(Kind::IdempotencyKey, claim.note.id, claim.note.revision);
  if (!done) return done;
  return (*transaction)->commit();
}

Result<std::size_t> IdempotencyLedger::purge_expired() const {
  auto transaction = store_.begin(Scope::platform(), Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto count = (*transaction)->purge(Kind::IdempotencyKey, clock_.wall() - kIdempotencyLifetime);
  if (!count) return count;
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(std::move(done.error()));
  return count;
}

}  // namespace apiforge::admin
