#include "net/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace apiforge::net {
namespace {

constexpr std::size_t kIdle = 64;

// Puts as much of `text` into the buffer as one read may, and returns how much that was.
std::size_t receive(InputBuffer& buffer, std::string_view text) {
  const auto room = buffer.room();
  const std::size_t taken = std::min(room.size(), text.size());
  std::copy_n(text.begin(), taken, room.begin());
  buffer.received(taken);
  return taken;
}

TEST(InputBuffer, is_empty_at_first_and_holds_nothing) {
  const InputBuffer buffer(kIdle);
  EXPECT_TRUE(buffer.unread().empty());
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(InputBuffer, gives_back_what_it_received_in_order) {
  InputBuffer buffer(kIdle);
  receive(buffer, "hello ");
  receive(buffer, "world");
  EXPECT_EQ(buffer.unread(), "hello world");
  buffer.consume(6);
  EXPECT_EQ(buffer.unread(), "world");
}

TEST(InputBuffer, has_no_room_when_its_limit_is_reached) {
  InputBuffer buffer(kIdle);
  EXPECT_EQ(receive(buffer, std::string(kIdle, 'x')), kIdle);
  EXPECT_TRUE(buffer.room().empty());
}

TEST(InputBuffer, grows_to_its_limit_when_it_is_full) {
  InputBuffer buffer(kIdle);
  buffer.allow(1'000, false);
  std::string sent;
  while (true) {
    const std::string piece(10, static_cast<char>('a' + sent.size() / 10 % 26));
    const std::size_t taken = receive(buffer, piece);
    if (taken == 0) break;
    sent += piece.substr(0, taken);
  }
  EXPECT_EQ(sent.size(), 1'000U);
  EXPECT_EQ(buffer.unread(), sent);
}

TEST(InputBuffer, grows_at_once_when_told_to) {
  InputBuffer buffer(kIdle);
  receive(buffer, "head");
  buffer.allow(4'096, true);
  EXPECT_GE(buffer.room().size(), 4'096U - 4);
  EXPECT_EQ(buffer.unread(), "head");
}

TEST(InputBuffer, keeps_pinned_bytes_in_place_when_it_grows) {
  InputBuffer buffer(kIdle);
  receive(buffer, "GET / HTTP/1.1");
  const std::string_view head = buffer.unread();
  buffer.pin();
  buffer.consume(head.size());
  buffer.allow(4'096, true);
  receive(buffer, std::string(4'096, 'b'));
  EXPECT_EQ(head, "GET / HTTP/1.1");
}

TEST(InputBuffer, is_small_again_after_the_message) {
  InputBuffer buffer(kIdle);
  receive(buffer, "head");
  buffer.pin();
  buffer.consume(4);
  buffer.allow(4'096, true);
  receive(buffer, std::string(4'000, 'b'));
  buffer.consume(4'000);
  buffer.release(true);
  EXPECT_EQ(buffer.capacity(), kIdle);
}

TEST(InputBuffer, keeps_unread_bytes_when_it_shrinks) {
  InputBuffer buffer(kIdle);
  receive(buffer, "head");
  buffer.pin();
  buffer.consume(4);
  buffer.allow(4'096, true);
  receive(buffer, std::string(100, 'b') + "next");
  buffer.consume(100);
  buffer.release(true);
  EXPECT_EQ(buffer.capacity(), kIdle);
  EXPECT_EQ(buffer.unread(), "next");
}

// The block kept for the first head was taken for that of the second, whose bytes were overwritten.
TEST(InputBuffer, a_pin_after_a_release_under_a_read_keeps_its_bytes_too) {
  InputBuffer buffer(kIdle);
  receive(buffer, "first head");
  buffer.pin();
  buffer.consume(10);
  buffer.allow(256, true);
  receive(buffer, "body");
  buffer.consume(4);
  const auto under_way = buffer.room();
  buffer.release(false);
  std::copy_n("second head", 11, under_way.begin());
  buffer.received(11);
  const std::string_view head = buffer.unread();
  buffer.pin();
  buffer.consume(11);
  receive(buffer, "the body of the second");
  EXPECT_EQ(head, "second head");
}

TEST(InputBuffer, has_room_again_behind_a_pin_that_was_released_under_a_read) {
  InputBuffer buffer(kIdle);
  receive(buffer, std::string(48, 'x'));
  buffer.consume(48);
  receive(buffer, {});
  receive(buffer, std::string(40, 'y'));
  buffer.consume(30);
  buffer.pin();
  buffer.consume(10);
  buffer.room();
  buffer.release(false);
  EXPECT_EQ(buffer.room().size(), kIdle);
}

// Against the plainest model: a string of what is unread, and copies of what views should show.
class InputBufferAgainstModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(InputBufferAgainstModel, loses_nothing_and_moves_nothing_that_is_pinned) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  Random random(GetParam());
  InputBuffer buffer(kIdle);
  std::string model;
  std::string_view pinned_view;
  std::string pinned_copy;
  bool pinned = false;
  std::span<char> under_way;
  bool reading = false;
  std::uint64_t written = 0;

  for (int step = 0; step < 50'000; ++step) {
    switch (random.below(8)) {
      case 0:
      case 1:
        if (!reading) {
          under_way = buffer.room();
          reading = !under_way.empty();
        }
        break;
      case 2:
      case 3:
        if (reading) {
          const std::size_t bytes = 1 + random.below(under_way.size());
          for (std::size_t i = 0; i < bytes; ++i) {
            under_way[i] = static_cast<char>('!' + written++ % 90);
            model += under_way[i];
          }
          buffer.received(bytes);
          reading = false;
        }
        break;
      case 4: {
        const std::size_t bytes = random.below(model.size() + 1);
        buffer.consume(bytes);
        model.erase(0, bytes);
        break;
      }
      case 5:
        if (!pinned) {
          pinned = true;
          pinned_view = buffer.unread();
          pinned_copy = pinned_view;
          buffer.pin();
        }
        break;
      case 6:
        if (random.below(4) == 0) {
          pinned = false;
          buffer.release(!reading);
        }
        break;
      default:
        buffer.allow(kIdle << random.below(5), random.below(2) == 0);
        break;
    }
    ASSERT_EQ(buffer.unread(), model) << "step " << step;
    if (pinned) {
      ASSERT_EQ(pinned_view, pinned_copy) << "step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, InputBufferAgainstModel, testing::Values(1, 2, 3, 4, 5, 6, 7, 8));

}  // namespace
}  // namespace apiforge::net
