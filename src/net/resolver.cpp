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

  explicit State(EventLoop& event_loop) : loop(event_loop), resolver(event_loop.native().context) {}

  void fetch(const std::string& host) {
    Entry& entry = entries[host];
    if (std::exchange(entry.fetching, true)) return;
    resolver.async_resolve(host, "", [self = shared_from_this(), host](auto error, auto results) {
      self->finish(host, error, results);
    });
  }

  void finish(const std::string& host, const boost::system::error_code& error,
              const asio::ip::tcp::resolver::results_type& results) {
    Entry& entry = entries[host];
    entry.fetching = false;
    if (!error) {
      entry.addresses.clear();
      for (const auto& result : results) {
        entry.addresses.push_back(result.endpoint().address().to_string());
      }
      entry.fetched = loop.now();
    }
    auto waiters = std::exchange(entry.waiters, {});
    for (auto& waiter : waiters) waiter->wake();
  }

  EventLoop& loop;
  asio::ip::basic_resolver<asio::ip::tcp, detail::Executor> resolver;
  std::unordered_map<std::string, Entry> entries;
};

namespace {
struct WaitFor {
  std::coroutine_handle<>& slot;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const { slot = waiter; }
  void await_resume() const {}
};
}  // namespace

Resolver::Resolver(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

Resolver::~Resolver() {
  state_->resolver.cancel();
}

Task<std::vector<std::string>> Resolver::resolve(std::string host, MonotonicTime deadline) {
  boost::system::error_code not_literal;
  asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector<std::string>{std::move(host)};

  const auto state = state_;
  if (state->entries.size() >= kMaxNames && !state->entries.contains(host)) state->entries.clear();
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
