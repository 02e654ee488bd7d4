#include "gateway/attempt.hpp"

namespace apiforge::gateway {

void Attempt::recycle() {
  endpoint = 0;
  target.clear();
  lines.clear();
  signed_body.clear();
  permits = {};
  lease = {};
  error.reset();
  judged_body.clear();
  after_stale = cancelled = false;
}

}  // namespace apiforge::gateway
