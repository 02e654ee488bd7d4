#include "gateway/phases/shape.hpp"

#include <algorithm>
#include <utility>

#include "gateway/field_filter.hpp"
#include "gateway/phases/call_values.hpp"
#include "gateway/phases/json_body.hpp"

namespace apiforge::gateway::phases {
namespace {

using policy::HeaderField;

/// Changes `call.body`. The last step, so that a call that fails before has its body as it came.
Result<void> shape_body(Call& call, const CallValues& values) {
  if (!shapes_body(call) || call.body.empty()) return {};
  const JsonBody kind = json_body_of(call.request().fields);
  if (kind == JsonBody::Unclear) {
    return fail(ErrorCode::MalformedRequest, "the request has several Content-Type fields");
  }
  if (kind == JsonBody::Encoded) {
    return fail(ErrorCode::UnsupportedMediaType,
                "the gateway changes the bodies of requests to this API: send JSON without a "
                "Content-Encoding");
  }
  const CompiledApi& config = call.config();
  const auto limit = std::min(config.config.transform.max_body_bytes, call.max_body_bytes);
  auto changed = config.shape->edit_body(call.body, values, limit);
  if (!changed) return std::unexpected(std::move(changed.error()));
  if (!*changed) return {};
  call.outgoing.received_body = std::exchange(call.body, std::move(**changed));
  std::erase_if(call.outgoing.fields,
                [](const OwnedField& field) { return describes_bytes(field.name); });
  return {};
}

/// A call that goes to another Api begins with the body that came.
void undo(Call& call) {
  ShapedRequest& outgoing = call.outgoing;
  if (outgoing.changed && outgoing.received_body) call.body = std::move(*outgoing.received_body);
  outgoing.received_body.reset();
  outgoing.changed = false;
}

void keep(const std::vector<HeaderField>& fields, std::vector<OwnedField>& out) {
  out.resize(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out[i].name = fields[i].name;
    out[i].value = fields[i].value;
  }
}

Result<void> shape_target(Call& call, const CallValues& values) {
  ShapedRequest& outgoing = call.outgoing;
  outgoing.path = call.upstream_path();
  outgoing.query = call.target.query;
  const auto& transform = call.config().shape;
  // The `*` of OPTIONS is no path.
  if (!transform || call.target.path == "*") return {};
  return transform->edit_target(outgoing.path, outgoing.query, values);
}

Result<void> shape_fields(Call& call, const CallValues& values) {
  const CompiledApi& config = call.config();
  std::vector<net::Field> received;
  select_request_fields(call.request(), config.connector->stripped_fields(),
                        call.authorization_is_ours, received);
  std::vector<HeaderField> fields;
  fields.reserve(received.size() + 4);
  for (const net::Field& field : received) fields.push_back({field.name, field.value});
  std::string storage;
  if (config.shape) {
    if (auto done = config.shape->edit_fields(fields, values, storage); !done) return done;
  }
  if (config.reshape && config.reshape->changes_body()) ask_for_plain_reply(fields);
  keep(fields, call.outgoing.fields);
  return {};
}

}  // namespace

bool shapes_body(const Call& call) {
  const auto& transform = call.config().shape;
  return transform && transform->changes_body() &&
         json_body_of(call.request().fields) != JsonBody::No;
}

Step shape(Call& call) {
  undo(call);
  const CompiledApi& config = call.config();
  if (!config.shape && !(config.reshape && config.reshape->changes_body())) return Step::GoOn;
  const CallValues values(call);
  auto done = shape_target(call, values);
  if (done) done = shape_fields(call, values);
  if (done) done = shape_body(call, values);
  if (!done) {
    call.error = std::move(done.error());
    return Step::Fail;
  }
  call.outgoing.changed = true;
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
