#include "gateway/phases/detached_call.hpp"

#include "gateway/phases/collect_reply.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/shape.hpp"

namespace apiforge::gateway::phases {
namespace {

// For Apis whose calls have no deadline of their own.
constexpr std::chrono::seconds kLongest{60};

net::Task<void> run_detached(std::unique_ptr<Call> owned, WorkerContext& worker,
                             OnDetachedReply on_reply) {
  Call& call = *owned;
  const MonotonicTime now = worker.loop.now();
  call.started = now;
  set_deadline(call, now);
  call.deadline = std::min<MonotonicTime>(call.deadline, now + kLongest);
  const net::ResponseHead* head = co_await ask_upstream(call, worker);
  Result<WholeReply> reply = WholeReply();
  if (head) {
    reply = co_await collect_reply(call, worker, *call.answer, *head, kMaxDetachedReply);
  } else {
    reply = std::unexpected(std::move(*call.error));
  }
  call.end = CallEnd::Replied;
  on_reply(call, worker, std::move(reply));
  co_await join_attempts(call);
  --worker.detached_calls;
}

}  // namespace

std::unique_ptr<Call> detached_copy(const Call& call) {
  auto copy = std::make_unique<Call>();
  copy->owned->method = call.request().method_text;
  for (const net::Field& field : call.request().fields) {
    copy->owned->fields.push_back({std::string(field.name), std::string(field.value)});
  }
  copy->owned->seal(0);
  const std::size_t path_size = call.target.path.size();
  copy->target_storage.assign(call.target.path).append("?", 1).append(call.target.query);
  const std::string_view whole = copy->target_storage;
  copy->target = {
      .path = whole.substr(0, path_size), .query = whole.substr(path_size + 1), .authority = {}};
  copy->host = call.host;
  copy->request_id = call.request_id;
  copy->client = call.client;
  copy->is_tls = call.is_tls;
  copy->api = call.api;
  copy->prefix_length = call.prefix_length;
  copy->max_body_bytes = call.max_body_bytes;
  copy->caller = call.caller;
  copy->admission.priority = call.admission.priority;
  copy->authorization_is_ours = call.authorization_is_ours;
  copy->first_body.end = true;
  copy->body_collected = true;
  copy->outgoing = call.outgoing;
  return copy;
}

bool start_detached(std::unique_ptr<Call> call, WorkerContext& worker, OnDetachedReply on_reply) {
  if (worker.detached_calls >= kMaxDetachedCalls) return false;
  ++worker.detached_calls;
  worker.loop.post([call = std::move(call), &worker, on_reply = std::move(on_reply)]() mutable {
    net::spawn(run_detached(std::move(call), worker, std::move(on_reply)));
  });
  return true;
}

void start_mirror(const Call& call, WorkerContext& worker) {
  const auto& mirror = call.config().config.mirror;
  const net::RequestHead& request = call.request();
  const bool is_read = request.method == net::Method::Get || request.method == net::Method::Head;
  if (!mirror || !is_read || request.wants_upgrade) return;
  if (request.framing != net::BodyFraming::None) return;
  if (worker.loop.random().below(100) >= mirror->percent) return;
  const Snapshot& snapshot = worker.view.snapshot();
  const VersionGroup* group = snapshot.find_group(call.config().config.name);
  const std::uint32_t index = group ? snapshot.find_version(*group, mirror->version) : kNone;
  if (index == kNone || snapshot.apis[index] == call.api->api) return;
  auto copy = detached_copy(call);
  copy->api = worker.view.runtime(index);
  copy->admission.priority = model::PriorityClass::Batch;  // nobody waits for it
  copy->outgoing.changed = false;
  if (shape(*copy) != Step::GoOn) return;
  start_detached(std::move(copy), worker, [](Call&, WorkerContext&, Result<WholeReply>) {});
}

}  // namespace apiforge::gateway::phases
