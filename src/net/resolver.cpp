#include "net/resolver.hpp"

#include <boost/asio/ip/basic_resolver.hpp>
#include <unordered_map>
#include <utility>

#include "net/detail/native_loop.hpp"

namespace apiforge::net {
namespace asio = detail::asio;

struct Resolver::State : std::enable_shared_from_this<State> {
  // Wakes a coroutine when its answer comes or its deadline passes, whichever is first.
  struct Waiter final : Timer::Owner {
    explicit Waiter(TimerWheel& wheel) : timer(wheel, *this) {}
    void on_deadline(Timer&) override { wake(); }
    void wake() {
      if (handle) std::exchange(handle, nullptr).resume();
    }
    Timer timer;
    std::coroutine_handle<> handle = nullptr;
  };
  struct Entry {
    std::vector<std::string> addresses;
    MonotonicTime fetched{};
    bool fetching = false;
    std::vector<std::shared_ptr<Waiter>> waiters;
  };

  State(EventLoop& event_loop, Lookup name_lookup)
      : loop(event_loop), lookup(std::move(name_lookup)) {}

  void fetch(const std::string& host) {
    Entry& entry = entries[host];
    if (std::exchange(entry.fetching, true)) return;
    lookup(host, [self = shared_from_this(), host](std::vector<std::string> addresses) {
      self->finish(host, std::move(addresses));
    });
  }

  void finish(const std::string& host, std::vector<std::string> addresses) {
    Entry& entry = entries[host];
    entry.fetching = false;
    if (!addresses.empty()) {
      entry.addresses = std::move(addresses);
      entry.fetched = loop.now();
    }
    auto waiters = std::exchange(entry.waiters, {});
    for (auto& waiter : waiters) waiter->wake();
  }

  // What is being asked for stays: somebody may wait for it.
  void make_room() {
    if (entries.size() < kMaxNames) return;
    std::erase_if(entries, [](const auto& entry) { return !entry.second.fetching; });
  }

  EventLoop& loop;
  Lookup lookup;
  std::unordered_map<std::string, Entry> entries;
};

namespace {
struct WaitFor {
  std::coroutine_handle<>& slot;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const { slot = waiter; }
  void await_resume() const {}
};

Resolver::Lookup system_lookup(EventLoop& loop) {
  using SystemResolver = asio::ip::basic_resolver<asio::ip::tcp, detail::Executor>;
  const auto resolver = std::make_shared<SystemResolver>(loop.native().context);
  return [resolver](const std::string& host, Resolver::Answer answer) {
    resolver->async_resolve(host, "",
                            [answer = std::move(answer)](const auto& error, const auto& results) {
                              std::vector<std::string> addresses;
                              if (!error) {
                                for (const auto& result : results) {
                                  addresses.push_back(result.endpoint().address().to_string());
                                }
                              }
                              answer(std::move(addresses));
                            });
  };
}
}  // namespace

Resolver::Resolver(EventLoop& loop) : Resolver(loop, system_lookup(loop)) {}

Resolver::Resolver(EventLoop& loop, Lookup lookup)
    : state_(std::make_shared<State>(loop, std::move(lookup))) {}

Resolver::~Resolver() {
  // Cancels what is under way: its answers keep the state, which must not keep the lookup.
  state_->lookup = nullptr;
}

Task<std::vector<std::string>> Resolver::resolve(std::string host, MonotonicTime deadline) {
  boost::system::error_code not_literal;
  asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector<std::string>{std::move(host)};

  const auto state = state_;
  if (!state->entries.contains(host)) state->make_room();
  const MonotonicTime now = state->loop.now();
  const auto& known = state->entries[host];
  const bool usable = !known.addresses.empty() && now - known.fetched < kStale;
  if (!usable || now - known.fetched >= kFresh) state->fetch(host);
  if (!usable) {
    auto waiter = std::make_shared<State::Waiter>(state->loop.timers());
    state->entries[host].waiters.push_back(waiter);
    waiter->timer.set(deadline);
    co_await WaitFor{waiter->handle};
  }
  co_return state->entries[host].addresses;
}

}  // namespace apiforge::net
