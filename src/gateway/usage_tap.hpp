// UsageTap: looks in a reply, while it is relayed, for what the call has used: a number at a place
// of its JSON body, or of the last event of a stream (`text/event-stream`) that has one. Keeps a
// bounded copy. Pure; one thread; owned by its Call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/json_edit.hpp"

namespace apiforge::gateway {

class UsageTap {
 public:
  /// Of a body or of one event; what is longer is not looked at.
  static constexpr std::size_t kMaxText = 1 << 20;
  /// No reply may claim more.
  static constexpr std::int64_t kMaxUsed = 1'000'000'000'000;

  enum class Form : std::uint8_t { Json, EventStream };
  /// `place` must outlive the tap.
  UsageTap(policy::JsonPathView place, Form form) : place_(place), form_(form) {}

  /// A piece of the body, without a content coding.
  void add(std::string_view piece);
  /// What the reply has told so far; nullopt when it has not. A whole number, 0..kMaxUsed.
  std::optional<std::int64_t> used();

 private:
  void add_to_stream(std::string_view piece);
  void end_line();
  void end_event();
  std::optional<std::int64_t> number_in(std::string_view text) const;

  policy::JsonPathView place_;
  Form form_;
  std::string text_;  // the body so far, or the data of the event so far
  std::string line_;  // of a stream: the line so far
  bool too_long_ = false;
  bool after_cr_ = false;
  std::optional<std::int64_t> found_;
};

}  // namespace apiforge::gateway
