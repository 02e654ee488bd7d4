#include "quota/counter_name.hpp"

namespace apiforge::quota {
namespace {

constexpr std::string_view kEach = "*";

void add(CounterValues& values, std::string_view member, std::string_view value) {
  values.texts[values.count++] = member;
  values.texts[values.count++] = value;
}

void add_caller(CounterValues& values, const Subject& subject) {
  if (!subject.user.empty()) return add(values, "user", subject.user);
  add(values, "client", subject.client);
}

}  // namespace

CounterValues counter_values(const model::QuotaMatch& match, const Subject& subject) {
  CounterValues values;
  if (match.tenant == kEach) add(values, "tenant", subject.tenant);
  if (match.user == kEach) add_caller(values, subject);
  if (match.key == kEach) {
    if (subject.key.empty()) {
      add_caller(values, subject);
    } else {
      add(values, "key", subject.key);
    }
  }
  if (match.api == kEach) add(values, "api", subject.api);
  if (match.version == kEach) add(values, "version", subject.version);
  if (match.method == kEach) add(values, "method", subject.method);
  return values;
}

std::string counter_name(const CounterValues& values) {
  std::string name;
  for (std::size_t i = 0; i < values.count; i += 2) {
    if (i > 0) name += ';';
    name.append(values.texts[i]).append("=").append(values.texts[i + 1]);
  }
  return name;
}

}  // namespace apiforge::quota
