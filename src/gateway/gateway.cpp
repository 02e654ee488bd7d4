#include "gateway/gateway.hpp"

#include <array>
#include <utility>

#include "gateway/phases/admit.hpp"
#include "gateway/phases/body_pump.hpp"
#include "gateway/phases/deliver.hpp"
#include "gateway/phases/keep.hpp"
#include "gateway/phases/limit_lines.hpp"
#include "gateway/phases/recall.hpp"
#include "gateway/phases/refuse.hpp"
#include "gateway/phases/shape.hpp"
#include "gateway/problem.hpp"
#include "gateway/request_id.hpp"

namespace apiforge::gateway {
namespace {

using phases::Step;

// The life of a call, in order:
//   receive → (own endpoints | open_envelope) → match → identify → authorize → validate → admit →
//   collect → validate_body → shape → recall → (choose → sign → forward → settle)* → fall_back →
//   relay, settle_costs, record
// These decide before anything is read of the body.
constexpr std::array kAdmission{&phases::match, &phases::identify, &phases::authorize,
                                &phases::validate};

LocalRequest local_request(const Call& call) {
  const net::RequestHead& head = call.request();
  LocalRequest request;
  request.method = head.method;
  request.path = call.target.path;
  request.query = call.target.query;
  request.fields.reserve(head.fields.size());
  for (const net::Field& field : head.fields) request.fields.emplace_back(field.name, field.value);
  request.client = call.client;
  request.request_id = call.request_id;
  request.is_tls = call.exchange->is_tls();
  return request;
}

// RFC 6750 3: a credential that is not there is no error.
std::string_view challenge(ErrorCode code) {
  return code == ErrorCode::InvalidCredential ? R"(Bearer realm="apiforge", error="invalid_token")"
                                              : R"(Bearer realm="apiforge")";
}

}  // namespace

Gateway::Gateway(WorkerContext context) : worker_(std::move(context)) {}
Gateway::~Gateway() = default;

std::unique_ptr<Call> Gateway::take_call(net::ServerExchange& exchange) {
  if (spare_calls_.empty()) return std::make_unique<Call>(exchange);
  std::unique_ptr<Call> call = std::move(spare_calls_.back());
  spare_calls_.pop_back();
  call->recycle(exchange);
  return call;
}

net::Task<void> Gateway::handle(net::ServerExchange& exchange) {
  worker_.cells.requests.add();
  std::unique_ptr<Call> call = take_call(exchange);
  co_await run(*call);
  exchange.watch(nullptr);
  phases::settle_costs(*call);
  phases::record(*call, worker_);
  call->first.lease = {};
  if (call->second) call->second->lease = {};
  call->keep.reset();
  call->api.reset();  // a spare call must not keep the connections of an old Snapshot
  call->asked_api.reset();
  if (spare_calls_.size() < kMaxSpareCalls) spare_calls_.push_back(std::move(call));
}

net::Task<void> Gateway::run(Call& call) {
  Step step = phases::receive(call, worker_);
  if (step == Step::GoOn && phases::is_envelope_path(call.target.path)) {
    step = co_await phases::open_envelope(call, worker_);
  } else if (step == Step::GoOn && worker_.local.owns(call.target.path)) {
    co_await answer_locally(call);
    co_return;
  }
  for (const auto phase : kAdmission) {
    if (step == Step::GoOn) step = phase(call, worker_);
  }
  if (step == Step::GoOn) {
    quota::Verdict verdict;
    const phases::Room room = phases::admit(call, worker_, verdict);
    if (room == phases::Room::Fail) step = Step::Fail;
    // Only those that wait pay for a coroutine.
    if (room == phases::Room::Wait) step = co_await phases::wait_for_room(call, worker_, verdict);
  }
  std::uint64_t needed = 0;  // of the body
  if (step == Step::GoOn) step = phases::collect(call, needed);
  if (step == Step::GoOn && needed > 0) step = co_await phases::collect_rest(call, needed);
  if (step == Step::GoOn) step = phases::validate_body(call);
  if (step == Step::GoOn) step = phases::shape(call);
  if (step == Step::GoOn) {
    const std::shared_ptr<observe::ApiCells> cells = call.api->cells;
    const std::string_view tenant = call.caller ? call.caller->tenant.value : std::string_view();
    const observe::Raised of_api(cells->in_flight);
    const observe::Raised of_tenant(worker_.cells.tenants.of(tenant).in_flight);
    co_await serve(call);
  }
  if (call.error && call.end == CallEnd::Running) co_await reply_with_error(call);
  if (call.pump.running()) co_await phases::end_pump(call, worker_);
  if (call.runs_beside()) co_await phases::join_attempts(call);
}

// A call that was admitted, to its end; unless `Call::error` is to be told.
net::Task<void> Gateway::serve(Call& call) {
  if (!call.body_streaming) call.watch_caller();
  phases::set_deadline(call, call.started);
  const bool is_degraded = call.admission.refusal.has_value();
  if (call.config().config.mirror && !is_degraded) phases::start_mirror(call, worker_);
  if (call.config().config.cache) {
    const auto recalled = co_await phases::recall(call, worker_);
    if (recalled != phases::Recalled::Ask) co_return;
  }
  const net::ResponseHead* reply = nullptr;
  if (is_degraded) {
    call.error = std::exchange(call.admission.refusal, std::nullopt);
  } else {
    reply = co_await phases::ask_upstream(call, worker_);
  }
  if (call.end != CallEnd::Running) co_return;
  if (!reply || reply->status >= 400) {
    const bool answered = co_await phases::fall_back(call, worker_, reply);
    if (answered) co_return;
  }
  if (!reply) {
    phases::give_up(call);
  } else if (phases::validated(call, *reply)) {
    co_await phases::answer_validated(call, worker_, *reply);
  } else {
    co_await phases::relay(call, worker_, *reply);
  }
}

net::Task<void> Gateway::answer_locally(Call& call) {
  // The fields are views into the connection's buffer, which reading the body may move.
  LocalRequest request = local_request(call);
  request.refusal = phases::identify_for_control(call, worker_);
  request.caller = call.caller;
  if (request.refusal && request.refusal->code != ErrorCode::AuthenticationRequired) {
    phases::note_refusal(call, worker_, call.target.path, request.refusal->code);
  }
  const std::uint64_t limit =
      call.caller ? LocalEndpoints::kMaxBodyBytesOfCallers : LocalEndpoints::kMaxBodyBytes;
  const Step received = co_await phases::receive_whole(call, worker_, limit);
  if (received != Step::GoOn) {
    co_await reply_with_error(call);
    co_return;
  }
  request.body = std::move(call.body);
  const LocalReply local = co_await worker_.local.answer(std::move(request));
  call.answers_probe = local.is_of_probe;
  if (local.status == 403) {
    phases::note_refusal(call, worker_, call.target.path, ErrorCode::Forbidden);
  }
  std::string& lines = call.reply_lines;
  lines.clear();
  for (const auto& [name, value] : local.fields) {
    lines.append(name).append(": ").append(value).append("\r\n", 2);
  }
  co_await phases::deliver_own(call, local.status, local.content_type, local.body);
}

net::Task<void> Gateway::reply_with_error(Call& call) {
  const Error& error = *call.error;
  std::string& lines = call.reply_lines;
  lines.clear();
  const int status = error.info().status;
  if (status == 401)
    lines.append("WWW-Authenticate: ").append(challenge(error.code)).append("\r\n");
  if (status == 503 || error.code == ErrorCode::QuotaExceeded) {
    const std::int64_t seconds = phases::whole_seconds(call.admission.retry_after);
    lines.append("Retry-After: ").append(std::to_string(seconds)).append("\r\n", 2);
  }
  if (!call.allow.empty()) lines.append("Allow: ").append(call.allow).append("\r\n", 2);
  const bool of_limit = error.code == ErrorCode::QuotaExceeded;
  const std::string body =
      problem_body(error, call.request_id, call.faults,
                   of_limit ? std::string_view(call.admission.limited_by) : std::string_view());
  co_await phases::deliver_own(call, status, kProblemType, body);
}

// Of a head that could not be read nothing is known: it gets an id of our own.
std::string Gateway::refusal(const Error& error) {
  std::string request_id;
  make_request_id(worker_.loop.random(), request_id);
  observe::CallRecord record;
  record.request_id = request_id;
  record.status = error.info().status;
  record.error = &error.info();
  worker_.call_log.append(record, worker_.loop.recent_wall());
  return problem_message(error, request_id);
}

}  // namespace apiforge::gateway
