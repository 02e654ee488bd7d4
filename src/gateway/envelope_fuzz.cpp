// Any bytes as the body of a unified call: what is JSON is read without a fault of ours, and what
// is read makes a request in one piece and an envelope that is JSON again.
#include <cstdint>
#include <cstdlib>

#include "gateway/envelope.hpp"
#include "gateway/json_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace apiforge::gateway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!is_json(text)) return 0;
  EnvelopeRequest request;
  if (!read_envelope(text, request).empty()) return 0;
  require(request.target.starts_with('/'));
  for (const OwnedField& field : request.fields) {
    require(!field.name.empty());
    require(field.name.find_first_of("\r\n: ") == std::string::npos);
    require(field.value.find_first_of("\r\n") == std::string::npos);
  }
  require(request.method.find_first_of("\r\n ") == std::string::npos);
  WholeReply reply{200, request.fields, request.body};
  std::string out;
  append_reply_envelope(out, reply, false, {});
  // One level deeper than what came.
  if (!is_json(reply.body)) require(is_json(out));
  return 0;
}
