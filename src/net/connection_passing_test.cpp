// Bytes that pass from one connection to another inside the kernel.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "net/connection.hpp"
#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using std::chrono::seconds;

// What a connection may have to keep for a peer that does not read; see Connection::pass_now.
constexpr std::size_t kMostKept = 32 * 1024;

Task<void> flush_once(ConnectionPtr connection, MonotonicTime deadline,
                      std::optional<IoStatus>& end) {
  end = co_await connection->flush(deadline);
}

Task<void> write_once(ConnectionPtr connection, std::vector<std::string_view> pieces,
                      MonotonicTime deadline, std::optional<IoStatus>& end) {
  end = co_await connection->write(pieces, 0, deadline);
}

Task<void> read_once(ConnectionPtr connection, MonotonicTime deadline,
                     std::optional<IoStatus>& end) {
  end = co_await connection->read(deadline);
}

class ConnectionPassingTest : public LoopbackTest {
 protected:
  void SetUp() override {
    listener.start();
    sender.emplace(connect(from));
    receiver.emplace(connect(to));
  }
  RawSocket connect(ConnectionPtr& connection) {
    RawSocket peer = RawSocket::connected_to(bound_port(socket), 4'096);
    EXPECT_TRUE(becomes([this] { return accepted != nullptr; }));
    connection = std::move(accepted);
    return peer;
  }
  /// Passes until so many bytes have been passed in all.
  [[nodiscard]] bool passes(std::size_t bytes) {
    return becomes([&, passed = std::size_t{0}]() mutable {
      passed += from->pass_now(*to, bytes - passed);
      return passed == bytes;
    });
  }
  /// Passes until the receiver, who does not read, has taken what it can. Returns what was sent.
  std::string fill() {
    std::string sent;
    std::size_t passed = 0;
    while (passed == to->bytes_written() && sent.size() < (64U << 20)) {
      std::string more(32 * 1024, static_cast<char>('a' + sent.size() / 32768 % 26));
      more.resize(sender->send(more));
      sent += more;
      passed += from->pass_now(*to, 1 << 20);
    }
    EXPECT_LE(passed - to->bytes_written(), kMostKept);
    sent_unpassed = sent.size() - passed;
    return sent;
  }

  ConnectionBudget budget;
  int socket = open_listening_sockets({"127.0.0.1", 0}, 1).value().front();
  Listener listener{
      loop, socket, {.input_bytes = 256}, budget, [this](ConnectionPtr connection, bool) {
        accepted = std::move(connection);
      }};
  ConnectionPtr accepted;
  ConnectionPtr from;
  ConnectionPtr to;
  std::optional<RawSocket> sender;
  std::optional<RawSocket> receiver;
  std::optional<IoStatus> end;
  std::size_t sent_unpassed = 0;
};

TEST_F(ConnectionPassingTest, passes_what_has_arrived_and_no_more_than_asked_for) {
  ASSERT_TRUE(from->can_pass_to(*to));
  sender->send("the body|the next message");
  ASSERT_TRUE(passes(9));
  ASSERT_TRUE(becomes([&] { return receiver->received() == "the body|"; }));
  EXPECT_EQ(from->bytes_read(), 9U);
  EXPECT_EQ(to->bytes_written(), 9U);
  spawn(read_once(from, in(seconds(10)), end));
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(from->input(), "the next message");
}

TEST_F(ConnectionPassingTest, passes_nothing_while_nothing_has_come) {
  EXPECT_EQ(from->pass_now(*to, 100), 0U);
  spawn(flush_once(to, in(seconds(10)), end));
  EXPECT_EQ(end, IoStatus::Ok);
}

TEST_F(ConnectionPassingTest, a_read_waits_for_what_comes_after_what_was_passed) {
  sender->send("passed");
  ASSERT_TRUE(passes(6));
  spawn(read_once(from, in(seconds(10)), end));
  settle();
  EXPECT_FALSE(end);
  sender->send("read");
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(from->input(), "read");
}

TEST_F(ConnectionPassingTest, the_end_of_the_sender_is_told_by_a_read) {
  sender->send("last words");
  sender->finish_sending();
  ASSERT_TRUE(passes(10));
  EXPECT_EQ(from->pass_now(*to, 100), 0U);
  spawn(read_once(from, in(seconds(10)), end));
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(end, IoStatus::EndOfStream);
}

TEST_F(ConnectionPassingTest, keeps_a_bounded_rest_for_a_receiver_that_does_not_read) {
  const std::string sent = fill();
  EXPECT_EQ(from->pass_now(*to, 1 << 20), 0U);
  spawn(flush_once(to, in(seconds(10)), end));
  settle();
  EXPECT_FALSE(end);
  const std::size_t passed = sent.size() - sent_unpassed;
  ASSERT_TRUE(becomes([&] { return receiver->received().size() == passed; }));
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(end, IoStatus::Ok);
  EXPECT_EQ(to->bytes_written(), passed);
  EXPECT_TRUE(sent.starts_with(receiver->received()));
}

TEST_F(ConnectionPassingTest, writes_go_behind_what_was_passed) {
  const std::string sent = fill();
  const std::string large(40'000, 'x');
  spawn(write_once(to, {"|head|", large, "|tail"}, in(seconds(10)), end));
  const std::string expected =
      sent.substr(0, sent.size() - sent_unpassed) + "|head|" + large + "|tail";
  ASSERT_TRUE(becomes([&] { return receiver->received().size() == expected.size(); }));
  EXPECT_TRUE(receiver->received() == expected);
  EXPECT_EQ(end, IoStatus::Ok);
}

TEST_F(ConnectionPassingTest, a_flush_that_takes_too_long_closes_the_connection) {
  fill();
  spawn(flush_once(to, in(seconds(10)), end));
  pass(seconds(11));
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(end, IoStatus::TimedOut);
  EXPECT_EQ(from->pass_now(*to, 100), 0U);
}

// Were SIGPIPE not blocked, this would end the program.
TEST_F(ConnectionPassingTest, a_receiver_that_is_gone_is_told_by_the_flush) {
  receiver->reset();
  const std::string body(1'000, 'x');
  for (int i = 0; i < 3; ++i) {
    sender->send(body);
    settle();
    from->pass_now(*to, body.size());
  }
  spawn(flush_once(to, in(seconds(10)), end));
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_NE(end, IoStatus::Ok);
}

TEST_F(ConnectionPassingTest, the_rest_of_one_receiver_does_not_reach_another) {
  fill();
  ConnectionPtr other;
  RawSocket other_receiver = connect(other);
  sender->send("for the other");
  settle();
  const std::size_t unread = sent_unpassed + 13;
  std::size_t passed = 0;
  ASSERT_TRUE(becomes([&] {
    passed += from->pass_now(*other, unread - passed);
    return passed == unread;
  }));
  ASSERT_TRUE(becomes([&] { return other_receiver.received().size() == unread; }));
  EXPECT_TRUE(other_receiver.received().ends_with("for the other"));
}

}  // namespace
}  // namespace apiforge::net
