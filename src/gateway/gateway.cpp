#include "gateway/gateway.hpp"

#include <array>

#include "gateway/phases/body_pump.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/phases/refuse.hpp"
#include "gateway/problem.hpp"

namespace apiforge::gateway {
namespace {

using phases::Step;

// The life of a call, in order:
//   receive → (own endpoints) → match → identify → authorize → collect →
//   (choose → sign → forward)* → relay → settle, record
// These decide before anything is sent.
constexpr std::array kAdmission{&phases::match, &phases::identify, &phases::authorize};

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
  phases::record(*call, worker_);
  call->lease = {};
  call->api.reset();  // a spare call must not keep the connections of an old Snapshot
  if (spare_calls_.size() < kMaxSpareCalls) spare_calls_.push_back(std::move(call));
}

net::Task<void> Gateway::run(Call& call) {
  Step step = phases::receive(call, worker_);
  if (step == Step::GoOn && worker_.local.owns(call.target.path)) {
    co_await answer_locally(call);
    co_return;
  }
  for (const auto phase : kAdmission) {
    if (step == Step::GoOn) step = phase(call, worker_);
  }
  if (step == Step::GoOn) step = co_await phases::collect(call, worker_);
  if (step == Step::GoOn) {
    observe::Gauge& in_flight = call.api->cells->in_flight;
    in_flight.add(1);
    if (!call.body_streaming) call.watch_caller();
    co_await attempt_until_answered(call);
    in_flight.add(-1);
  }
  if (call.error && call.end == CallEnd::Running) co_await reply_with_error(call);
  co_await phases::end_pump(call, worker_);
}

net::Task<void> Gateway::attempt_until_answered(Call& call) {
  const model::Upstream& upstream = call.config().config.upstream;
  ApiRuntime& api = *call.api;
  api.retry_budget.on_call(call.started);
  if (upstream.timeout.count() > 0) call.deadline = call.started + upstream.timeout;
  while (true) {
    call.error.reset();
    if (phases::choose(call, worker_) != Step::GoOn) co_return;
    co_await phases::sync_clock(call, worker_);
    if (phases::sign(call, worker_) != Step::GoOn) co_return;
    ++call.attempts;
    call.tried.push_back(call.endpoint);
    ++api.loads[call.endpoint].in_flight;
    api.endpoints[call.endpoint].cells->in_flight.add(1);
    // Without a body nothing has been waited for since the clock was read.
    const bool waited = call.attempts > 1 || call.request().framing != net::BodyFraming::None;
    const MonotonicTime begun = waited ? worker_.loop.now() : worker_.loop.recent();
    auto result = co_await phases::forward(call, worker_);
    const MonotonicTime now = worker_.loop.now();
    phases::settle_attempt(call, worker_, result, now - begun);
    if (call.pump_error) call.error = std::move(call.pump_error);
    if (call.caller_gone()) {
      call.end = CallEnd::CallerGone;
      call.error = Error{ErrorCode::CallerGone, {}, {}};
      co_return;
    }
    if (result.sync_clock && !std::exchange(call.clock_synced, true)) {
      call.error_body.clear();
      call.lease = {};
      continue;
    }
    result.attempt.number = call.counted_attempts + 1;
    result.attempt.remaining = call.deadline - now;
    result.attempt.elsewhere = policy::has_untried(api.loads, call.tried);
    const bool fault_of_caller = call.error && call.error->info().source == ErrorSource::Caller;
    const auto decision = fault_of_caller ? policy::RetryDecision{}
                                          : api.api->retry.decide(result.attempt, api.retry_budget,
                                                                  now, worker_.loop.random());
    if (!decision.retry) {
      if (result.reply) co_await phases::relay(call, worker_, *result.reply);
      co_return;
    }
    api.cells->retries.add();
    call.last_was_stale = decision.stale_connection;
    if (!decision.stale_connection) ++call.counted_attempts;
    call.lease = {};
    if (decision.backoff.count() > 0) co_await worker_.loop.sleep_until(now + decision.backoff);
  }
}

net::Task<void> Gateway::answer_locally(Call& call) {
  call.own_endpoint = call.request().method == net::Method::Get;
  // The fields are views into the connection's buffer, which reading the body may move.
  LocalRequest request = local_request(call);
  request.refusal = phases::identify_for_control(call, worker_);
  request.caller = call.caller;
  if (request.refusal && request.refusal->code != ErrorCode::AuthenticationRequired) {
    phases::note_refusal(call, worker_, call.target.path, request.refusal->code);
  }
  const Step received = co_await phases::receive_whole(call, worker_);
  if (received != Step::GoOn) {
    co_await reply_with_error(call);
    co_return;
  }
  request.body = std::move(call.body);
  const LocalReply local = co_await worker_.local.answer(std::move(request));
  if (local.status == 403) {
    phases::note_refusal(call, worker_, call.target.path, ErrorCode::Forbidden);
  }
  std::string& lines = call.reply_lines;
  lines.clear();
  for (const auto& [name, value] : local.fields) {
    lines.append(name).append(": ").append(value).append("\r\n", 2);
  }
  co_await reply(call, local.status, local.content_type, local.body);
}

net::Task<void> Gateway::reply_with_error(Call& call) {
  const Error& error = *call.error;
  std::string& lines = call.reply_lines;
  lines.clear();
  const int status = error.info().status;
  if (status == 401)
    lines.append("WWW-Authenticate: ").append(challenge(error.code)).append("\r\n");
  if (status == 503) lines.append("Retry-After: 1\r\n");
  if (!call.allow.empty()) lines.append("Allow: ").append(call.allow).append("\r\n", 2);
  co_await reply(call, error.info().status, kProblemType, problem_body(error, call.request_id));
}

net::Task<void> Gateway::reply(Call& call, int status, std::string_view type,
                               std::string_view body) {
  std::string& lines = call.upstream_lines;
  lines.assign("Content-Type: ").append(type).append("\r\nX-Request-ID: ");
  lines.append(call.request_id).append("\r\n", 2);
  lines.append(call.reply_lines);
  net::OutgoingReply out;
  out.status = status;
  out.lines = lines;
  out.framing = net::BodyFraming::Length;
  out.content_length = body.size();
  net::Body content;
  content.end = true;
  if (call.request().method != net::Method::Head) content.pieces[content.count++] = body;
  call.status = status;
  const net::IoStatus sent = co_await call.exchange->send(out, content);
  call.end = sent == net::IoStatus::Ok ? CallEnd::Replied : CallEnd::CallerGone;
}

std::string Gateway::refusal(const Error& error) {
  observe::CallRecord record;
  record.status = error.info().status;
  record.error = &error.info();
  worker_.call_log.append(record, worker_.loop.recent_wall());
  return problem_message(error, "-");
}

}  // namespace apiforge::gateway
