// Gateway: one worker's way of handling requests: the phases of a call, in order. One thread.
#pragma once
#include <memory>
#include <vector>

#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/http1_server.hpp"

namespace apiforge::gateway {

class Gateway final : public net::RequestHandler {
 public:
  explicit Gateway(WorkerContext context);
  ~Gateway();

  net::Task<void> handle(net::ServerExchange& exchange) override;
  std::string refusal(const Error& error) override;

 private:
  net::Task<void> run(Call& call);
  net::Task<void> answer_locally(Call& call);
  net::Task<void> serve(Call& call);
  net::Task<void> reply_with_error(Call& call);
  std::unique_ptr<Call> take_call(net::ServerExchange& exchange);

  // More calls than this at once keep no memory when they end.
  static constexpr std::size_t kMaxSpareCalls = 256;

  WorkerContext worker_;
  std::vector<std::unique_ptr<Call>> spare_calls_;
};

}  // namespace apiforge::gateway
