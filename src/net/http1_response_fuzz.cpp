// Any bytes as a reply, whole and split: both readings agree, nothing beyond the input is used, and
// no accepted value has a control byte.
#include <cstdint>

#include "net/fuzz_fixture.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::net;

Reading read_reply(Http1ResponseParser& parser, std::string_view input, std::size_t first) {
  Reading reading = read_message(parser, input, first);
  if (reading.used == 0) return reading;
  const ResponseHead& head = parser.head();
  require(head.status >= 100 && head.status <= 999);
  require(lies_in(head.reason, input) && is_clean_value(head.reason));
  require(head.framing != BodyFraming::UntilClose || !head.keep_alive);
  if (!reading.refused && !reading.complete) {
    require(parser.end_of_stream() == (head.framing == BodyFraming::UntilClose));
    reading.complete = parser.complete();
  }
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
  const Reading whole = read_reply(parser, input, input.size());
  parser.restart(to_head);
  check_same(whole, read_reply(parser, input, split), input);
  return 0;
}
