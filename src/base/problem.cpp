#include "base/problem.hpp"

#include "base/utf8.hpp"

namespace apiforge {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":\"");
  append_json_text(out, text);
  out += '"';
}

void append_faults(std::string& out, std::span<const BodyFault> faults) {
  out += R"(,"errors":[)";
  for (std::size_t i = 0; i < faults.size(); ++i) {
    out += i == 0 ? R"({"pointer":")" : R"(,{"pointer":")";
    append_json_text(out, faults[i].pointer);
    out += '"';
    append_member(out, "message", faults[i].message);
    out += '}';
  }
  out += ']';
}

std::string_view type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::QuotaExceeded:
      return "https://iana.org/assignments/http-problem-types#quota-exceeded";
    case ErrorCode::LoadShed:
    case ErrorCode::BreakerOpen:
    case ErrorCode::QuotaUnavailable:
      return "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
    default:
      return "about:blank";
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const std::size_t length = leading_utf8_character(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[0];
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

std::string problem_body(const Error& error, std::string_view request_id,
                         std::span<const BodyFault> faults, std::string_view violated_policy) {
  const ErrorCodeInfo& info = error.info();
  std::string out = R"({"type":")";
  out.append(type_of(error.code)).append("\"");
  append_member(out, "title", info.title);
  out += R"(,"status":)" + std::to_string(info.status);
  if (!error.detail.empty()) append_member(out, "detail", error.detail);
  append_member(out, "code", info.name);
  append_member(out, "request_id", request_id);
  if (!violated_policy.empty()) {
    out += R"(,"violated-policies":[")";
    append_json_text(out, violated_policy);
    out += "\"]";
  }
  if (!faults.empty()) append_faults(out, faults);
  out += "}\n";
  return out;
}

}  // namespace apiforge
