#include "gateway/cache/flight_wait.hpp"

#include <utility>

#include "gateway/cache/worker_cache.hpp"

namespace apiforge::gateway::cache {

FlightWait::FlightWait(WorkerCache& cache, const Question& question)
    : cache_(cache),
      question_(question),
      number_(cache.add_wait(*this)),
      timer_(cache.loop().timers(), *this) {}

FlightWait::~FlightWait() {
  cache_.remove_wait(number_);
  if (waiting_ || leads_) cache_.leave_flight(question_, number_);
}

void FlightWait::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  waiting_ = true;
  timer_.set(question_.deadline);
  cache_.ask_home(question_, number_);
}

// Not at once: the coroutine must not end what is calling this.
void FlightWait::cancel() {
  cache_.loop().post(
      [&cache = cache_, number = number_] { cache.hear(number, Told::Cancelled, {}, false); });
}

void FlightWait::on_deadline(net::Timer&) {
  hear(Told::TooLate, {});
}

void FlightWait::hear(Told told, std::vector<KeptPtr> replies) {
  if (!waiting_) return;
  timer_.clear();
  told_ = told;
  replies_ = std::move(replies);
  leads_ = told == Told::Leads;
  // Without an answer there still is a place among those that wait, which the destructor gives up.
  const bool unanswered = told == Told::TooLate || told == Told::Cancelled;
  if (unanswered) cache_.leave_flight(question_, number_);
  waiting_ = false;
  waiter_.resume();
}

FlightTicket FlightWait::take_ticket() {
  leads_ = false;
  return cache_.ticket_for(question_, number_);
}

}  // namespace apiforge::gateway::cache
