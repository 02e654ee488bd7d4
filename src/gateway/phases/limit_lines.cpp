#include "gateway/phases/limit_lines.hpp"

#include <algorithm>
#include <charconv>

namespace apiforge::gateway::phases {
namespace {

void append_decimal(std::int64_t number, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

std::int64_t whole_seconds(std::chrono::nanoseconds time) {
  return std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(time).count(), 1);
}

void append_limit_lines(const quota::Verdict& verdict, std::string& out) {
  const quota::CompiledLimit& limit = *verdict.limit;
  const bool admitted = verdict.ruling == quota::Ruling::Admitted;
  out.append("RateLimit: \"").append(limit.config->name).append("\";r=");
  append_decimal(admitted ? std::max<std::int64_t>(verdict.remaining, 0) : 0, out);
  // A place among concurrent calls comes back when it does.
  if (limit.unit != model::LimitUnit::Concurrent) {
    out.append(";t=");
    append_decimal(whole_seconds(admitted ? verdict.reset_after : verdict.retry_after), out);
  }
  out.append("\r\nRateLimit-Policy: ").append(limit.policy_item).append("\r\n");
}

}  // namespace apiforge::gateway::phases
