#include "gateway/phases/refuse.hpp"

namespace apiforge::gateway::phases {

void note_refusal(const Call& call, WorkerContext& worker, std::string_view target,
                  ErrorCode code) {
  auth::Refusal refusal{
      .tenant = {}, .actor = "anonymous", .target = target, .code = code, .client = call.client};
  if (call.caller) {
    refusal.tenant = call.caller->tenant.value;
    refusal.actor = call.caller->label;
  }
  worker.refusals.note(refusal);
}

Step refuse(Call& call, WorkerContext& worker, Error error) {
  note_refusal(call, worker, call.config().config.name, error.code);
  call.error = std::move(error);
  return Step::Fail;
}

}  // namespace apiforge::gateway::phases
