// Any bytes as a request, whole and split: both readings agree, nothing beyond the input is used,
// no accepted value has a control byte, and what is accepted and written again is read as the same.
#include <cstdint>
#include <string>
#include <vector>

#include "net/fuzz_fixture.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::net;

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
  const Reading whole = read_message(parser, input, input.size());
  const bool has_head = whole.used > 0;
  if (has_head) check_written_again(parser.head());
  parser.restart();
  check_same(whole, read_message(parser, input, split), input);
  return 0;
}
