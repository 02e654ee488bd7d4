// Any bytes as a reply, whole and split: both readings agree, nothing beyond the input is used, and
// no accepted value has a control byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "net/http1_parser.hpp"
#include "net/http1_writer.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::net;

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_head(const ResponseHead& head, std::string_view input) {
  require(head.status >= 100 && head.status <= 999);
  require(lies_in(head.reason, input) && is_clean_value(head.reason));
  for (const Field& field : head.fields) {
    require(!field.name.empty() && lies_in(field.name, input) && lies_in(field.value, input));
    require(is_clean_value(field.name) && is_clean_value(field.value));
  }
  require(head.framing != BodyFraming::UntilClose || !head.keep_alive);
}

struct Reading {
  bool refused = false;
  bool complete = false;
  std::size_t used = 0;
  std::string body;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(Http1ResponseParser& parser, std::string_view input, std::size_t first) {
  Reading reading;
  auto taken = parser.parse_head(input.substr(0, first));
  if (taken && *taken == 0 && first < input.size()) taken = parser.parse_head(input);
  reading.refused = !taken;
  if (!taken || *taken == 0) return reading;
  require(*taken <= input.size());
  check_head(parser.head(), input);
  reading.used = *taken;
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
    reading.used += step->consumed;
    reading.body += step->data;
    if (step->need_more && std::exchange(visible, input.size()) == input.size()) {
      require(parser.end_of_stream() == (parser.head().framing == BodyFraming::UntilClose));
      reading.complete = parser.complete();
      return reading;
    }
  }
  reading.complete = true;
  return reading;
}

}  // namespace

// The first byte says whether the request was HEAD, the next two where the stream is split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  const bool to_head = (data[0] & 1) != 0;
  const std::size_t split = 1 + (data[1] + 256U * data[2]) % input.size();
  static constexpr Http1Limits kLimits{.head_bytes = 8'192, .fields = 50, .target_bytes = 4'096};
  Http1ResponseParser parser(kLimits);
  parser.restart(to_head);
  const Reading whole = read(parser, input, input.size());
  parser.restart(to_head);
  const Reading parts = read(parser, input, split);
  // In a head without end a fault may be seen at once or when the end has come.
  const bool waits = input.find("\r\n\r\n") == std::string_view::npos;
  require(parts.complete == whole.complete);
  require(parts.refused == whole.refused || (waits && whole.refused));
  if (whole.complete) require(parts == whole);
  return 0;
}
