#include "gateway/phases/answer_kept.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/phases/deliver.hpp"
#include "gateway/phases/reshape.hpp"

namespace apiforge::gateway::phases {
namespace {

constexpr int kOk = 200;
constexpr int kNotModified = 304;

// The two fields of every kept reply, without an allocation.
class KeptLines {
 public:
  KeptLines(std::chrono::nanoseconds age, std::chrono::nanoseconds left, KeptAnswer how) {
    add("Age: ");
    add(std::chrono::floor<std::chrono::seconds>(age).count());
    switch (how) {
      case KeptAnswer::Hit:
        add("\r\nCache-Status: apiforge; hit; ttl=");
        break;
      case KeptAnswer::Collapsed:
        add("\r\nCache-Status: apiforge; fwd=miss; collapsed; ttl=");
        break;
      case KeptAnswer::Validated:
        add("\r\nCache-Status: apiforge; fwd=stale; fwd-status=304; ttl=");
        break;
    }
    add(std::chrono::floor<std::chrono::seconds>(left).count());
    add("\r\n");
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  void add(std::string_view text) {
    std::ranges::copy(text, text_.data() + size_);
    size_ += text.size();
  }
  void add(std::int64_t number) {
    char* const begin = text_.data() + size_;
    size_ += static_cast<std::size_t>(
        std::to_chars(begin, text_.data() + text_.size(), number).ptr - begin);
  }

  std::array<char, 160> text_;  // the longest words and two numbers of 20 digits
  std::size_t size_ = 0;
};

WholeReply not_modified(const WholeReply& kept) {
  WholeReply reply;
  reply.status = kNotModified;
  for (const OwnedField& field : kept.fields) {
    if (policy::is_field_of_304(field.name)) reply.fields.push_back(field);
  }
  return reply;
}

}  // namespace

net::Task<void> answer_kept(Call& call, WorkerContext& worker, cache::KeptPtr kept,
                            const policy::RequestFacts& request, KeptAnswer how) {
  const MonotonicTime now = worker.loop.recent();
  const KeptLines lines(policy::age(kept->freshness, now), policy::remaining(kept->freshness, now),
                        how);
  call.cached = how != KeptAnswer::Validated;
  const bool unchanged =
      kept->reply.status == kOk &&
      policy::is_not_modified(request, kept->validators, worker.loop.recent_wall());
  if (!unchanged && !call.config().reshape) {
    co_await deliver(call, worker, kept->reply, lines.text());
    co_return;
  }
  WholeReply reply = unchanged ? not_modified(kept->reply) : kept->reply;
  if (auto changed = reshape(call, reply); !changed) {
    call.error = std::move(changed.error());
    co_return;
  }
  co_await deliver(call, worker, reply, lines.text());
}

}  // namespace apiforge::gateway::phases
