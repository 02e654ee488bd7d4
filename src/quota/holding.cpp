#include <algorithm>
#include <utility>

#include "quota/block_table.hpp"
#include "quota/detail/limiter_state.hpp"
#include "quota/limiter.hpp"

namespace apiforge::quota {

Holding::Holding(Holding&& other) noexcept {
  take_from(other);
}

Holding& Holding::operator=(Holding&& other) noexcept {
  if (this == &other) return *this;
  finish(End::Dropped, nullptr);
  take_from(other);
  return *this;
}

Holding::~Holding() {
  finish(End::Dropped, nullptr);
}

bool Holding::empty() const {
  return count_ == 0;
}

void Holding::settle(const Costs& used) {
  finish(End::Settled, &used);
}

void Holding::release() {
  finish(End::Released, nullptr);
}

void Holding::take_from(Holding& other) {
  limiter_ = other.limiter_;
  book_ = std::exchange(other.book_, nullptr);
  count_ = std::exchange(other.count_, 0);
  for (std::size_t i = 0; i < std::min(count_, kInlineParts); ++i) {
    parts_[i] = std::move(other.parts_[i]);
  }
  more_ = std::move(other.more_);
}

void Holding::add(Part part) {
  if (count_ < kInlineParts) {
    parts_[count_++] = std::move(part);
    return;
  }
  if (more_ == nullptr) more_ = std::make_unique<std::vector<Part>>();
  more_->push_back(std::move(part));
  ++count_;
}

void Holding::finish(End end, const Costs* used) {
  if (count_ == 0) return;
  for (std::size_t i = 0; i < std::min(count_, kInlineParts); ++i) {
    finish_part(parts_[i], end, used);
    parts_[i].block.reset();
  }
  if (more_ != nullptr) {
    for (const Part& part : *more_) finish_part(part, end, used);
    more_.reset();
  }
  count_ = 0;
  if (book_ != nullptr) --std::exchange(book_, nullptr)->holdings;
}

void Holding::finish_part(const Part& part, End end, const Costs* used) {
  const model::LimitUnit unit = part.limit->unit;
  const bool spent = unit == model::LimitUnit::Requests || unit == model::LimitUnit::Weight;
  if (spent && end != End::Released) return;
  std::int64_t rest = part.units;
  if (end == End::Settled && is_reserved(unit)) rest -= std::max<std::int64_t>(used->of(unit), 0);
  Limiter::State& state = *limiter_->state_;
  if (part.block != nullptr) {
    if (rest >= 0) return state.give_back(*part.block, rest, part.from);
    return state.charge(*part.block, book_->book->limits()[part.limit->index], -rest, part.from);
  }
  if (rest >= 0) return state.give_back(*part.limit, *part.cell, part.key, rest);
  state.charge(*part.limit, *part.cell, part.key, -rest);
}

}  // namespace apiforge::quota
