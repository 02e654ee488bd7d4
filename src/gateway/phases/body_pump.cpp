#include "gateway/phases/body_pump.hpp"

namespace apiforge::gateway::phases {
namespace {

// After an early reply the caller may be about to send more; this long its next byte is waited for.
constexpr std::chrono::milliseconds kDiscardTime{1'000};

}  // namespace

net::Task<void> pump_request_body(Call& call, WorkerContext& worker, Attempt& attempt) {
  const model::Api& config = call.config().config;
  bool forwarding = true;
  while (!call.exchange->body_complete()) {
    auto body = co_await call.exchange->read_body();
    if (!body) {
      if (body.error().code == ErrorCode::CallerGone) call.note_caller_gone();
      call.pump_error = std::move(body.error());
      attempt.lease.close();
      co_return;
    }
    // Answered already: what still comes is dropped when the connection ends.
    if (call.end != CallEnd::Running) co_return;
    call.bytes_in += body->bytes();
    if (call.bytes_in > call.max_body_bytes) {
      call.pump_error = Error{ErrorCode::BodyTooLarge,
                              "the body is larger than allowed (max_body_bytes, MAX_BODY_BYTES)",
                              {}};
      attempt.lease.close();
      co_return;
    }
    if (!forwarding) continue;
    const auto deadline = worker.loop.now() + config.upstream.idle_timeout;
    // An upstream that stops reading may have replied; the parent reads that reply.
    forwarding = co_await attempt.lease->send_body(*body, deadline) == net::IoStatus::Ok;
  }
  call.watch_caller();
}

net::Task<void> end_pump(Call& call, WorkerContext& worker) {
  call.first.lease.close();  // a request that was not sent whole leaves no connection to keep
  call.exchange->stream().shutdown_send();
  call.exchange->stream().expire_read(worker.loop.now() + kDiscardTime);
  co_await call.pump.join();
}

}  // namespace apiforge::gateway::phases
