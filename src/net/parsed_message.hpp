// What the tests of the HTTP/1.1 parsers compare: a message after parsing, as one value. Tests
// only.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>

#include "net/http1_parser.hpp"

namespace apiforge::net {

// What a request looks like after parsing, as one value that can be compared.
struct Parsed {
  std::size_t head_bytes = 0;
  std::string text;  ///< method, target and fields
  std::string body;
  std::string trailers;
  bool complete = false;
  std::size_t unused = 0;
  std::optional<ErrorCode> error;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

inline void PrintTo(const Parsed& parsed, std::ostream* out) {
  *out << parsed.text << "|" << parsed.body << "|" << parsed.trailers << "|complete "
       << parsed.complete << "|unused " << parsed.unused << "|error "
       << (parsed.error ? static_cast<int>(*parsed.error) : -1);
}

inline std::string text_of(std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    text.append(field.name).append("=").append(field.value).append(";");
  }
  return text;
}

inline std::string text_of(const RequestHead& head) {
  return std::string(head.method_text) + " " + std::string(head.target) + " " +
         text_of(head.fields);
}
inline std::string text_of(const ResponseHead& head) {
  return std::to_string(head.status) + " " + std::string(head.reason) + " " + text_of(head.fields);
}

template <class Parser>
void parse_body(Parser& parser, std::string_view wire, std::size_t at, std::size_t first,
                Parsed& parsed) {
  std::size_t visible = std::max(first, at);
  while (true) {
    const auto step = parser.next(wire.substr(at, visible - at));
    if (!step) {
      parsed.error = step.error().code;
      return;
    }
    at += step->consumed;
    parsed.body += step->data;
    if (step->end) {
      parsed.trailers = text_of(parser.trailers());
      parsed.complete = parser.complete();
      parsed.unused = wire.size() - at;
      return;
    }
    if (step->need_more) {
      if (visible == wire.size()) return;
      visible = wire.size();
    }
  }
}

// Parses a message that arrives in two parts; `first` is the length of the first.
template <class Parser>
Parsed parse_message(Parser& parser, std::string_view wire, std::size_t first) {
  Parsed parsed;
  auto taken = parser.parse_head(wire.substr(0, first));
  if (taken && *taken == 0) taken = parser.parse_head(wire);
  if (!taken) {
    parsed.error = taken.error().code;
    return parsed;
  }
  if (*taken == 0) return parsed;
  parsed.head_bytes = *taken;
  parsed.text = text_of(parser.head());
  parse_body(parser, wire, *taken, first, parsed);
  return parsed;
}

inline std::string escaped(std::string_view text) {
  return testing::PrintToString(std::string(text));
}

}  // namespace apiforge::net
