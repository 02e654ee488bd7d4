// What the fuzz targets of the HTTP/1.1 parsers share: a message read in one or two parts, with
// everything checked that holds for any input. Fuzz targets only.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "net/http1_parser.hpp"
#include "net/http1_writer.hpp"
#include "net/told_head.hpp"

namespace apiforge::net {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline void check_fields(std::span<const Field> fields, std::string_view input) {
  for (const Field& field : fields) {
    require(!field.name.empty() && lies_in(field.name, input) && lies_in(field.value, input));
    require(is_clean_value(field.name) && is_clean_value(field.value));
    require(field.name.find_first_of(" \t:") == std::string_view::npos);
  }
}

/// What became of a message.
struct Reading {
  bool refused = false;
  bool complete = false;
  std::size_t used = 0;
  std::string head;
  std::string body;
  std::size_t trailers = 0;
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Reads a message of which `first` bytes come before the rest.
template <class Parser>
Reading read_message(Parser& parser, std::string_view input, std::size_t first) {
  Reading reading;
  auto taken = parser.parse_head(input.substr(0, first));
  if (taken && *taken == 0 && first < input.size()) taken = parser.parse_head(input);
  reading.refused = !taken;
  if (!taken || *taken == 0) return reading;
  require(*taken <= input.size());
  check_fields(parser.head().fields, input);
  reading.used = *taken;
  reading.head = told(parser.head());
  std::size_t visible = std::max(first, reading.used);
  while (!parser.complete()) {
    const std::string_view rest = input.substr(reading.used, visible - reading.used);
    const auto step = parser.next(rest);
    if (!step) {
      reading.refused = true;
      return reading;
    }
    require(step->consumed <= rest.size() && lies_in(step->data, rest));
    require(step->consumed > 0 || step->end || step->need_more);
    require(!step->end || parser.complete());
    reading.used += step->consumed;
    reading.body += step->data;
    if (step->need_more && std::exchange(visible, input.size()) == input.size()) return reading;
  }
  check_fields(parser.trailers(), input);
  reading.trailers = parser.trailers().size();
  reading.complete = true;
  return reading;
}

/// A message means the same wherever the stream is split.
inline void check_same(const Reading& whole, const Reading& parts, std::string_view input) {
  // In a head without end a fault may be seen at once or when the end has come.
  const bool waits = input.find("\r\n\r\n") == std::string_view::npos;
  require(parts.complete == whole.complete);
  require(parts.refused == whole.refused || (waits && whole.refused));
  if (!whole.head.empty() && !parts.head.empty()) require(parts.head == whole.head);
  if (whole.complete) require(parts == whole);
}

}  // namespace apiforge::net
