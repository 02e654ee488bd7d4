// Any bytes as replies, whole and split: both readings agree, and no list is longer than its bound.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "shared_state/redis/redis_protocol.hpp"

namespace {

using namespace apiforge::shared_state;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const RedisReply& reply) {
  require(reply.items.size() <= static_cast<std::size_t>(RedisReader::kMaxItems));
  for (const RedisReply& item : reply.items) check(item);
}

struct Reading {
  std::vector<RedisReply> replies;
  bool refused = false;
};

Reading read(std::initializer_list<std::string_view> parts) {
  Reading reading;
  RedisReader reader;
  for (const std::string_view part : parts) {
    if (!reader.feed(part)) {
      reading.refused = true;
      return reading;
    }
    while (true) {
      auto reply = reader.next();
      if (!reply) {
        reading.refused = true;
        return reading;
      }
      if (!*reply) break;
      check(**reply);
      reading.replies.push_back(**std::move(reply));
    }
  }
  return reading;
}

}  // namespace

// The first two bytes say where the bytes are split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (input.size() > RedisReader::kMaxReplyBytes) return 0;
  const std::size_t split = (data[0] + 256U * data[1]) % (input.size() + 1);
  const Reading whole = read({input});
  const Reading parts = read({input.substr(0, split), input.substr(split)});
  require(whole.refused == parts.refused);
  require(whole.replies == parts.replies);
  return 0;
}
