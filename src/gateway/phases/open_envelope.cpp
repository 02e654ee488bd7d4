#include <algorithm>

#include "gateway/envelope.hpp"
#include "gateway/json_text.hpp"
#include "gateway/phases/json_body.hpp"
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

constexpr std::string_view kPrefix = "/api/v1/gateway/call/";
// A JSON body of that size is no call of an API any more; files go through `/proxy`.
constexpr std::uint64_t kMaxEnvelope = 16ull << 20;

Step refuse_envelope(Call& call, ErrorCode code, std::string detail) {
  call.error = Error{code, std::move(detail), {}};
  return Step::Fail;
}

Step refuse_faults(Call& call, std::vector<BodyFault> faults) {
  const BodyFault& first = faults.front();
  std::string detail = (first.pointer.empty() ? "the body" : first.pointer) + " " + first.message;
  call.faults = std::move(faults);
  return refuse_envelope(call, ErrorCode::InvalidBody, std::move(detail));
}

Step check_head(Call& call) {
  const net::RequestHead& request = call.request();
  if (request.method != net::Method::Post) {
    call.allow = "POST";
    return refuse_envelope(call, ErrorCode::MethodNotAllowed, "allowed here: POST");
  }
  const std::string_view name = call.target.path.substr(kPrefix.size());
  call.wanted_api = name;
  const auto* type = net::find_field(request.fields, net::FieldId::ContentType);
  if (type && !is_json_type(type->value)) {
    return refuse_envelope(call, ErrorCode::UnsupportedMediaType,
                           "the body must be application/json");
  }
  return Step::GoOn;
}

// Makes what was wrapped the request of the Call.
Step unwrap(Call& call, EnvelopeRequest request) {
  auto target = policy::canonicalize_target(request.target, request.method, call.target_storage);
  if (!target) {
    return refuse_faults(call, {{"/path", "cannot be used: " + target.error().detail}});
  }
  // The canonical form may be a view into the target as it was given.
  std::string path(target->path);
  const std::string query(target->query);
  const std::size_t path_size = path.size();
  call.target_storage = std::move(path.append("?", 1).append(query));
  const std::string_view whole = call.target_storage;
  call.target = {
      .path = whole.substr(0, path_size), .query = whole.substr(path_size + 1), .authority = {}};
  if (!call.owned) call.owned = std::make_unique<OwnedRequest>();
  call.owned->method = std::move(request.method);
  call.owned->fields = std::move(request.fields);
  call.body = std::move(request.body);
  call.body_collected = true;
  call.owned->seal(call.body.size());
  call.wanted_version = std::move(request.version);
  call.wanted_timeout = request.timeout;
  call.face = Face::Envelope;
  call.use_owned_request();
  return Step::GoOn;
}

}  // namespace

bool is_envelope_path(std::string_view path) {
  return path.size() > kPrefix.size() && path.starts_with(kPrefix) &&
         path.find('/', kPrefix.size()) == std::string_view::npos;
}

net::Task<Step> open_envelope(Call& call, WorkerContext& worker) {
  if (check_head(call) != Step::GoOn) co_return Step::Fail;
  const std::uint64_t limit = std::min(kMaxEnvelope, worker.settings.max_body_bytes);
  const Step received = co_await receive_whole(call, worker, limit);
  if (received != Step::GoOn) co_return received;
  if (call.body.empty()) call.body = "{}";  // all members are optional
  if (!is_json(call.body)) {
    co_return refuse_envelope(call, ErrorCode::MalformedRequest,
                              "the body is not JSON of at most 64 levels in UTF-8");
  }
  EnvelopeRequest request;
  auto faults = read_envelope(call.body, request);
  if (!faults.empty()) co_return refuse_faults(call, std::move(faults));
  co_return unwrap(call, std::move(request));
}

}  // namespace apiforge::gateway::phases
