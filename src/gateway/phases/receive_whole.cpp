#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

Error too_large(std::uint64_t limit) {
  return {ErrorCode::BodyTooLarge,
          "such a request has a body of " + std::to_string(limit) + " bytes at most",
          {}};
}

}  // namespace

net::Task<Step> receive_whole(Call& call, WorkerContext&, std::uint64_t limit) {
  const net::RequestHead& request = call.request();
  if (request.framing == net::BodyFraming::None) co_return Step::GoOn;
  if (request.framing == net::BodyFraming::Length && request.content_length > limit) {
    call.error = too_large(limit);
    co_return Step::Fail;
  }
  auto piece = call.exchange->buffered_body();
  while (true) {
    if (!piece) {
      call.error = std::move(piece.error());
      co_return Step::Fail;
    }
    for (std::size_t i = 0; i < piece->count; ++i) call.body.append(piece->pieces[i]);
    if (call.body.size() > limit) {
      call.error = too_large(limit);
      co_return Step::Fail;
    }
    if (call.exchange->body_complete()) break;
    piece = co_await call.exchange->read_body();
  }
  call.bytes_in = call.body.size();
  co_return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
