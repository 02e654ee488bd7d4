#include "observe/call_line.hpp"

#include "observe/call_metrics.hpp"

namespace apiforge::observe {
namespace {

using Limits = CallLineLimits;

std::string_view level_of(const CallRecord& call) {
  const bool failed = call.error != nullptr && call.error->source != ErrorSource::Caller;
  if (failed || call.status >= 500) return "ERROR";
  return call.slow ? "WARNING" : "INFO";
}

// What most calls are is not written.
bool tells_priority(const CallRecord& call) {
  return !call.priority.empty() && call.priority != "data";
}

char* append_text_line(char* out, const CallRecord& call) {
  out = append_raw(out, " API_CALL ");
  out = append_name(out, call.api, Limits::kName);
  out = append_raw(out, " status=");
  out = append_number(out, static_cast<unsigned>(call.status));
  out = append_raw(out, " method=");
  out = append_value(out, call.method, Limits::kName);
  out = append_raw(out, " path=");
  out = append_value(out, call.path, Limits::kPath);
  out = append_raw(out, " latency_ms=");
  out = append_milliseconds(out, call.latency_ns);
  out = append_raw(out, " tenant=");
  out = append_value(out, call.tenant, Limits::kName);
  out = append_raw(out, " key=");
  out = append_value(out, call.key, Limits::kName);
  out = append_raw(out, " attempts=");
  out = append_number(out, call.attempts);
  out = append_raw(out, " request_id=");
  out = append_value(out, call.request_id, Limits::kRequestId);
  out = append_raw(out, " upstream_ms=");
  out = append_milliseconds(out, call.upstream_ns);
  out = append_raw(out, " bytes_in=");
  out = append_number(out, call.bytes_in);
  out = append_raw(out, " bytes_out=");
  out = append_number(out, call.bytes_out);
  out = append_raw(out, " endpoint=");
  out = append_value(out, call.endpoint, Limits::kEndpoint);
  out = append_raw(out, " client=");
  out = append_value(out, call.client, Limits::kName);
  out = append_raw(out, " version=");
  out = append_value(out, call.version, Limits::kName);
  if (call.error != nullptr) {
    out = append_raw(out, " error=");
    out = append_raw(out, call.error->name);
    out = append_raw(out, " source=");
    out = append_raw(out, kErrorSources[static_cast<std::size_t>(call.error->source)]);
  }
  if (call.slow) out = append_raw(out, " slow=true");
  if (!call.limited.empty()) {
    out = append_raw(out, " limited=");
    out = append_value(out, call.limited, Limits::kName);
  }
  if (tells_priority(call)) {
    out = append_raw(out, " priority=");
    out = append_value(out, call.priority, Limits::kName);
  }
  return out;
}

char* append_json_line(char* out, const CallRecord& call) {
  out = append_raw(out, R"(,"event":"API_CALL","api":)");
  out = append_json_string(out, call.api, Limits::kName);
  out = append_raw(out, R"(,"status":)");
  out = append_number(out, static_cast<unsigned>(call.status));
  out = append_raw(out, R"(,"method":)");
  out = append_json_string(out, call.method, Limits::kName);
  out = append_raw(out, R"(,"path":)");
  out = append_json_string(out, call.path, Limits::kPath);
  out = append_raw(out, R"(,"latency_ms":)");
  out = append_milliseconds(out, call.latency_ns);
  out = append_raw(out, R"(,"tenant":)");
  out = append_json_string(out, call.tenant, Limits::kName);
  out = append_raw(out, R"(,"key":)");
  out = append_json_string(out, call.key, Limits::kName);
  out = append_raw(out, R"(,"attempts":)");
  out = append_number(out, call.attempts);
  out = append_raw(out, R"(,"request_id":)");
  out = append_json_string(out, call.request_id, Limits::kRequestId);
  out = append_raw(out, R"(,"upstream_ms":)");
  out = append_milliseconds(out, call.upstream_ns);
  out = append_raw(out, R"(,"bytes_in":)");
  out = append_number(out, call.bytes_in);
  out = append_raw(out, R"(,"bytes_out":)");
  out = append_number(out, call.bytes_out);
  out = append_raw(out, R"(,"endpoint":)");
  out = append_json_string(out, call.endpoint, Limits::kEndpoint);
  out = append_raw(out, R"(,"client":)");
  out = append_json_string(out, call.client, Limits::kName);
  out = append_raw(out, R"(,"version":)");
  out = append_json_string(out, call.version, Limits::kName);
  if (call.error != nullptr) {
    out = append_raw(out, R"(,"error":")");
    out = append_raw(out, call.error->name);
    out = append_raw(out, R"(","source":")");
    out = append_raw(out, kErrorSources[static_cast<std::size_t>(call.error->source)]);
    *out++ = '"';
  }
  if (call.slow) out = append_raw(out, R"(,"slow":true)");
  if (!call.limited.empty()) {
    out = append_raw(out, R"(,"limited":)");
    out = append_json_string(out, call.limited, Limits::kName);
  }
  if (tells_priority(call)) {
    out = append_raw(out, R"(,"priority":)");
    out = append_json_string(out, call.priority, Limits::kName);
  }
  *out++ = '}';
  return out;
}

}  // namespace

char* append_call_line(char* out, const CallRecord& call, WallTime now, LineStamp& stamp,
                       LineFormat format) {
  if (format == LineFormat::Json) {
    out = append_raw(out, R"({"time":")");
    out = stamp.append(out, now, format);
    out = append_raw(out, R"(","level":")");
    out = append_raw(out, level_of(call));
    *out++ = '"';
    out = append_json_line(out, call);
  } else {
    out = stamp.append(out, now, format);
    *out++ = ' ';
    out = append_raw(out, level_of(call));
    out = append_text_line(out, call);
  }
  *out++ = '\n';
  return out;
}

}  // namespace apiforge::observe
