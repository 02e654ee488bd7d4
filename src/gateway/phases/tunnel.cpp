#include "gateway/phases/tunnel.hpp"

#include "gateway/field_filter.hpp"
#include "gateway/phases/deliver.hpp"

namespace apiforge::gateway::phases {
namespace {

// WebSockets are quiet for long; peers that vanish are found by their own pings or TCP keep-alive.
constexpr std::chrono::hours kQuietTime{24};
// After one direction has ended the other may finish what it was saying.
constexpr std::chrono::seconds kClosingTime{10};
constexpr std::chrono::seconds kWriteTime{30};
constexpr std::size_t kBufferBytes = 16 * 1024;

net::Task<void> copy(net::Connection& from, net::Connection& to, net::EventLoop& loop,
                     std::uint64_t& bytes) {
  from.allow_input(kBufferBytes, false);
  while (true) {
    if (from.input().empty()) {
      const net::IoStatus got = co_await from.read(loop.now() + kQuietTime);
      if (got != net::IoStatus::Ok) break;
    }
    const std::array<std::string_view, 1> pieces{from.input()};
    bytes += pieces[0].size();
    const net::IoStatus put = co_await to.write(pieces, 0, loop.now() + kWriteTime);
    if (put != net::IoStatus::Ok) break;
    from.consume(pieces[0].size());
  }
  to.shutdown_send();
  // The other direction reads from `to`; it now has a deadline.
  to.expire_read(loop.now() + kClosingTime);
}

}  // namespace

net::Task<void> tunnel(Call& call, WorkerContext& worker, const net::ResponseHead& reply) {
  std::vector<net::Field>& fields = worker.fields;
  fields.clear();
  select_reply_fields(reply, false, fields);
  net::OutgoingReply out;
  out.status = 101;
  out.reason = reply.reason;
  out.fields = fields;
  std::string& lines = call.reply_text;
  lines.assign("Connection: upgrade\r\nUpgrade: ");
  const net::Field* protocol = net::find_field(reply.fields, net::FieldId::Upgrade);
  lines.append(protocol ? protocol->value : std::string_view("websocket")).append("\r\n", 2);
  append_reply_lines(call, lines);
  out.lines = lines;
  call.exchange->watch(nullptr);
  const net::IoStatus sent = co_await call.exchange->send(out, {});
  if (sent != net::IoStatus::Ok) {
    call.end = CallEnd::CallerGone;
    co_return;
  }
  net::Connection& caller = call.exchange->stream();
  net::Connection& upstream = call.answer->lease->stream();
  // The caller's stays pinned: the log line at the end still reads its head.
  upstream.release();
  net::ChildTask towards_upstream;
  towards_upstream.start(copy(caller, upstream, worker.loop, call.bytes_in));
  co_await copy(upstream, caller, worker.loop, call.bytes_out);
  co_await towards_upstream.join();
  call.answer->lease.close();
  call.end = CallEnd::Replied;
}

}  // namespace apiforge::gateway::phases
