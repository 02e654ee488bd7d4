#include "gateway/call.hpp"

namespace apiforge::gateway {

void Call::recycle(net::ServerExchange& server_exchange) {
  exchange = &server_exchange;
  target = {};
  host.clear();
  request_id.clear();
  client.clear();
  api.reset();
  prefix_length = 0;
  caller.reset();
  authorization_is_ours = false;
  allow.clear();
  deadline = MonotonicTime::max();
  endpoint = 0;
  tried.clear();
  upstream_target.clear();
  upstream_lines.clear();
  body.clear();
  signed_body.clear();
  own_endpoint = body_collected = body_streaming = clock_synced = caller_gone_ = false;
  first_body = {};
  lease = {};
  pump_error.reset();
  attempts = counted_attempts = 0;
  last_was_stale = false;
  error_body.clear();
  end = CallEnd::Running;
  error.reset();
  status = 0;
  bytes_in = bytes_out = 0;
  upstream_time = {};
}

void Call::on_peer_gone() {
  caller_gone_ = true;
  lease.close();
}

}  // namespace apiforge::gateway
