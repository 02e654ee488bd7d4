#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

Error too_large() {
  return {ErrorCode::BodyTooLarge, "a request to the control API has a body of 1 MiB at most", {}};
}

}  // namespace

net::Task<Step> receive_whole(Call& call, WorkerContext&) {
  constexpr std::uint64_t kLimit = LocalEndpoints::kMaxBodyBytes;
  const net::RequestHead& request = call.request();
  if (request.framing == net::BodyFraming::None) co_return Step::GoOn;
  if (request.framing == net::BodyFraming::Length && request.content_length > kLimit) {
    call.error = too_large();
    co_return Step::Fail;
  }
  auto piece = call.exchange->buffered_body();
  while (true) {
    if (!piece) {
      call.error = std::move(piece.error());
      co_return Step::Fail;
    }
    for (std::size_t i = 0; i < piece->count; ++i) call.body.append(piece->pieces[i]);
    if (call.body.size() > kLimit) {
      call.error = too_large();
      co_return Step::Fail;
    }
    if (call.exchange->body_complete()) break;
    piece = co_await call.exchange->read_body();
  }
  call.bytes_in = call.body.size();
  co_return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
