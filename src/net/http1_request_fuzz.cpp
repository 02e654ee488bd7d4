// Any bytes as a request, whole and split: both readings agree, nothing beyond the input is used,
// no accepted value has a control byte, and what is accepted and written again is read as the same.
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

void check_fields(std::span<const Field> fields, std::string_view input) {
  for (const Field& field : fields) {
    require(!field.name.empty() && lies_in(field.name, input) && lies_in(field.value, input));
    require(is_clean_value(field.name) && is_clean_value(field.value));
    require(field.name.find_first_of(" \t:") == std::string_view::npos);
  }
}

struct Reading {
  bool refused = false;
  bool complete = false;
  std::size_t used = 0;
  std::string body;
  std::size_t trailers = 0;
  friend bool operator==(const Reading&, const Reading&) = default;
};

// Reads a request of which `first` bytes come before the rest.
Reading read(Http1RequestParser& parser, std::string_view input, std::size_t first) {
  Reading reading;
  auto taken = parser.parse_head(input.substr(0, first));
  if (taken && *taken == 0 && first < input.size()) taken = parser.parse_head(input);
  reading.refused = !taken;
  if (!taken || *taken == 0) return reading;
  require(*taken <= input.size());
  check_fields(parser.head().fields, input);
  reading.used = *taken;
  std::size_t visible = std::max(first, reading.used);
  while (true) {
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
    if (step->end) break;
    if (step->need_more && std::exchange(visible, input.size()) == input.size()) return reading;
  }
  require(parser.complete());
  check_fields(parser.trailers(), input);
  reading.trailers = parser.trailers().size();
  reading.complete = true;
  return reading;
}

void check_written_again(const RequestHead& head) {
  std::vector<Field> fields;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::Host && field.id != FieldId::ContentLength &&
        field.id != FieldId::TransferEncoding) {
      fields.push_back(field);
    }
  }
  OutgoingRequest request;
  request.method = head.method;
  request.method_text = head.method_text;
  request.target = head.target;
  const Field* host = find_field(head.fields, FieldId::Host);
  request.authority = host ? host->value : "h";
  request.fields = fields;
  request.framing = head.framing;
  request.content_length = head.content_length;
  std::string text;
  append_request_head(text, request);

  static constexpr Http1Limits kLimits{
      .head_bytes = 128 * 1024, .fields = 200, .target_bytes = 64 * 1024};
  Http1RequestParser parser(kLimits);
  const auto taken = parser.parse_head(text);
  require(taken && *taken == text.size());
  const RequestHead& again = parser.head();
  require(again.method_text == head.method_text && again.target == head.target);
  require(again.framing == head.framing && again.content_length == head.content_length);
  std::vector<Field> found;
  for (const Field& field : again.fields) {
    if (field.id != FieldId::Host && field.id != FieldId::ContentLength &&
        field.id != FieldId::TransferEncoding) {
      found.push_back(field);
    }
  }
  require(found.size() == fields.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    require(found[i].name == fields[i].name && found[i].value == fields[i].value);
  }
}

}  // namespace

// The first two bytes say where the stream is split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t split = 1 + (data[0] + 256U * data[1]) % input.size();
  static constexpr Http1Limits kLimits{.head_bytes = 8'192, .fields = 50, .target_bytes = 4'096};
  Http1RequestParser parser(kLimits);
  const Reading whole = read(parser, input, input.size());
  const bool has_head = whole.used > 0;
  if (has_head) check_written_again(parser.head());
  parser.restart();
  const Reading parts = read(parser, input, split);
  // In a head without end a fault may be seen at once or when the end has come.
  const bool waits = input.find("\r\n\r\n") == std::string_view::npos;
  require(parts.complete == whole.complete);
  require(parts.refused == whole.refused || (waits && whole.refused));
  if (whole.complete) require(parts == whole);
  return 0;
}
