#include "net/task.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace apiforge::net {
namespace {

/// Lets a coroutine wait until somebody opens it.
class Gate {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) { waiter_ = waiter; }
  void await_resume() const {}
  void open() { std::exchange(waiter_, nullptr).resume(); }

 private:
  std::coroutine_handle<> waiter_ = nullptr;
};

Task<int> answer(std::string& story) {
  story += "answered ";
  co_return 42;
}

Task<int> answer_behind(Gate& gate, std::string& story) {
  story += "begun ";
  co_await gate;
  story += "answered ";
  co_return 42;
}

Task<void> ask_at_once(std::string& story) {
  Task<int> asked = answer(story);
  story += "asked ";
  const int got = co_await std::move(asked);
  story += std::to_string(got);
}

Task<void> ask_behind(Gate& gate, std::string& story) {
  Task<int> asked = answer_behind(gate, story);
  story += "asked ";
  const int got = co_await std::move(asked);
  story += std::to_string(got);
}

TEST(TaskTest, that_never_waits_has_ended_when_it_is_awaited) {
  std::string story;
  spawn(ask_at_once(story));
  EXPECT_EQ(story, "answered asked 42");
}

TEST(TaskTest, that_waits_resumes_who_awaits_it) {
  Gate gate;
  std::string story;
  spawn(ask_behind(gate, story));
  EXPECT_EQ(story, "begun asked ");
  gate.open();
  EXPECT_EQ(story, "begun asked answered 42");
}

TEST(TaskTest, that_is_not_awaited_ends_with_its_owner) {
  Gate gate;
  std::string story;
  {
    const Task<int> forgotten = answer_behind(gate, story);
  }
  EXPECT_EQ(story, "begun ");
}

Task<void> wait_for_child(Gate& gate, std::string& story) {
  ChildTask child;
  child.start(ask_behind(gate, story));
  story += child.running() ? "beside " : "ended ";
  co_await child.join();
  story += " joined";
}

TEST(TaskTest, that_runs_beside_its_parent_is_joined_when_it_ends) {
  Gate gate;
  std::string story;
  spawn(wait_for_child(gate, story));
  EXPECT_EQ(story, "begun asked beside ");
  gate.open();
  EXPECT_EQ(story, "begun asked beside answered 42 joined");
}

}  // namespace
}  // namespace apiforge::net
