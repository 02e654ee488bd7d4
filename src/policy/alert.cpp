#include "policy/alert.hpp"

#include <utility>

namespace apiforge::policy {

bool meets(model::AlertCondition condition, double threshold, double value) {
  return condition == model::AlertCondition::Below ? value < threshold : value > threshold;
}

AlertChange AlertState::update(MonotonicTime now, bool met, bool silenced, const Timing& timing) {
  if (!met) {
    phase_ = AlertPhase::Quiet;
    return std::exchange(told_at_, std::nullopt) ? AlertChange::Resolves : AlertChange::None;
  }
  if (phase_ == AlertPhase::Quiet) {
    phase_ = AlertPhase::Pending;
    met_since_ = now;
  }
  // What fires goes on firing when the rule begins to ask for more patience.
  if (phase_ == AlertPhase::Pending && now - met_since_ < timing.hold) return AlertChange::None;
  phase_ = AlertPhase::Firing;
  if (silenced) return AlertChange::None;
  if (!told_at_) {
    told_at_ = now;
    return AlertChange::Fires;
  }
  if (timing.repeat.count() == 0 || now - *told_at_ < timing.repeat) return AlertChange::None;
  told_at_ = now;
  return AlertChange::Repeats;
}

void SampleWindow::add(MonotonicTime now, double value) {
  // The newest sample is replaced until it is a step younger than the one before, so that there are
  // never many of them, however often this is called.
  const auto step = length_ / static_cast<std::int64_t>(kResolution);
  const bool is_close =
      samples_.size() >= 2 && samples_.back().at - samples_[samples_.size() - 2].at < step;
  if (is_close) samples_.pop_back();
  samples_.push_back({now, value});
  // Of those that are a window's length old only the youngest is of use.
  while (samples_.size() >= 2 && samples_[1].at + length_ <= now) samples_.pop_front();
}

bool SampleWindow::is_full() const {
  return samples_.size() >= 2 && samples_.front().at + length_ <= samples_.back().at;
}

std::optional<double> SampleWindow::rise() const {
  if (!is_full()) return std::nullopt;
  return samples_.back().value - samples_.front().value;
}

std::optional<double> SampleWindow::rise_per_second() const {
  if (!is_full()) return std::nullopt;
  const std::chrono::duration<double> between = samples_.back().at - samples_.front().at;
  return (samples_.back().value - samples_.front().value) / between.count();
}

}  // namespace apiforge::policy
