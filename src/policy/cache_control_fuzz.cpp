// Whatever a request or a reply says: reading it ends, and what is decided from it holds together.
#include <cstdint>
#include <cstdlib>

#include "policy/http_cache.hpp"

namespace {

using namespace apiforge;

void require(bool condition) {
  if (!condition) std::abort();
}

// Lines of `name: value`; the first half of the input is the request's.
template <class Read>
void for_each_line(std::string_view text, Read read) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) read(line.substr(0, colon), line.substr(colon + 1));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto half = input.find("\n\n");
  policy::RequestFacts request;
  for_each_line(input.substr(0, half),
                [&](auto name, auto value) { policy::read_request_field(name, value, request); });
  policy::ReplyFacts reply;
  if (half != std::string_view::npos) {
    for_each_line(input.substr(half + 2),
                  [&](auto name, auto value) { policy::read_reply_field(name, value, reply); });
  }
  const SimulatedClock clock;
  model::CachePolicy cache;
  cache.default_ttl = std::chrono::milliseconds(size % 3);
  const auto kept = policy::freshness_to_keep({.status = 200,
                                               .request = request,
                                               .reply = reply,
                                               .asked = clock.now(),
                                               .received = clock.now(),
                                               .received_wall = clock.wall()},
                                              cache, std::nullopt);
  if (!kept) return 0;
  require(!reply.control.no_store && !reply.control.is_private && !reply.varies_on_all);
  require(!reply.sets_cookie && !reply.is_event_stream);
  const auto later = clock.now() + std::chrono::hours(1);
  require(policy::age(*kept, later) >= std::chrono::hours(1));
  const policy::Use use = policy::use_of(*kept, request, later);
  if (use == policy::Use::Fresh && !request.control.max_stale) {
    require(policy::remaining(*kept, later).count() > 0);
  }
  if (kept->always_validate) require(use == policy::Use::MustRevalidate || use == policy::Use::No);
  const policy::Validators validators{std::string(reply.etag), std::string(reply.last_modified)};
  policy::is_not_modified(request, validators, clock.wall());
  return 0;
}
