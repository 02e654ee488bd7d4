#include "net/connection.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInputBytes = 256;

Task<void> read_one_message(ConnectionPtr connection, MonotonicTime deadline,
                            std::optional<IoStatus>& end) {
  end = co_await connection->read(deadline);
}

Task<void> write_all(ConnectionPtr connection, std::vector<std::string_view> pieces,
                     std::size_t volatile_pieces, MonotonicTime deadline,
                     std::optional<IoStatus>& end) {
  end = co_await connection->write(pieces, volatile_pieces, deadline);
}

struct Witness final : Connection::Watcher {
  void on_peer_gone() override { ++gone; }
  int gone = 0;
};

class ConnectionTest : public LoopbackTest {
 protected:
  void SetUp() override {
    listener.start();
    peer.emplace(RawSocket::connected_to(bound_port(socket), 4'096));
    ASSERT_TRUE(becomes([this] { return ours != nullptr; }));
  }
  void start_reading(std::chrono::nanoseconds patience = seconds(10)) {
    read_end.reset();
    spawn(read_one_message(ours, in(patience), read_end));
  }
  /// The read that is under way gets them, and the next one the end.
  void expect_last_words() {
    ASSERT_TRUE(becomes([this] { return read_end.has_value(); }));
    EXPECT_EQ(read_end, IoStatus::Ok);
    EXPECT_EQ(ours->input(), "last words");
    start_reading();
    ASSERT_TRUE(becomes([this] { return read_end.has_value(); }));
    EXPECT_EQ(read_end, IoStatus::EndOfStream);
  }
  void start_writing(std::vector<std::string_view> pieces, std::size_t volatile_pieces = 0) {
    write_end.reset();
    spawn(write_all(ours, std::move(pieces), volatile_pieces, in(seconds(10)), write_end));
  }

  ConnectionBudget budget;
  int socket = open_listening_sockets({"127.0.0.1", 0}, 1).value().front();
  Listener listener{
      loop, socket, {.input_bytes = kInputBytes}, budget, [this](ConnectionPtr connection, bool) {
        ours = std::move(connection);
      }};
  ConnectionPtr ours;
  std::optional<RawSocket> peer;
  std::optional<IoStatus> read_end;
  std::optional<IoStatus> write_end;
  const std::string large = std::string(4 << 20, 'x');
};

// ---------------------------------------------------------------------------------------- reading

TEST_F(ConnectionTest, reads_what_the_peer_sends) {
  start_reading();
  settle();
  EXPECT_FALSE(read_end);
  peer->send("hello");
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::Ok);
  EXPECT_EQ(ours->input(), "hello");
  EXPECT_EQ(ours->bytes_read(), 5U);
}

TEST_F(ConnectionTest, tells_an_orderly_end_from_a_reset) {
  start_reading();
  peer->finish_sending();
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::EndOfStream);
  EXPECT_TRUE(ours->peer_gone());
}

TEST_F(ConnectionTest, tells_a_reset_from_an_orderly_end) {
  start_reading();
  peer->reset();
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::Reset);
}

TEST_F(ConnectionTest, gives_the_last_bytes_before_the_end) {
  peer->send("last words");
  peer->finish_sending();
  start_reading();
  expect_last_words();
}

TEST_F(ConnectionTest, hears_of_an_end_that_came_with_the_data_it_was_waiting_for) {
  start_reading();
  settle();
  peer->send("last words");
  peer->finish_sending();
  expect_last_words();
}

TEST_F(ConnectionTest, hears_of_an_end_that_came_with_data_while_nobody_read) {
  peer->send("last words");
  peer->finish_sending();
  settle();
  Witness witness;
  ours->watch(&witness);
  ASSERT_TRUE(becomes([&] { return ours->input() == "last words"; }));
  ours->consume(ours->input().size());
  ours->watch(&witness);
  ASSERT_TRUE(becomes([&] { return witness.gone == 1; }));
  EXPECT_TRUE(ours->peer_gone());
}

TEST_F(ConnectionTest, hears_of_a_reset_that_came_with_data) {
  start_reading();
  settle();
  peer->send("last words");
  peer->reset();
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  while (read_end == IoStatus::Ok) {
    start_reading();
    ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  }
  EXPECT_EQ(read_end, IoStatus::Reset);
}

TEST_F(ConnectionTest, closes_itself_when_a_read_takes_too_long) {
  start_reading(milliseconds(500));
  pass(milliseconds(400));
  EXPECT_FALSE(read_end);
  pass(milliseconds(200));
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::TimedOut);
  EXPECT_TRUE(ours->closed());
  EXPECT_TRUE(peer->ended());
  start_reading();
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::TimedOut);
}

TEST_F(ConnectionTest, a_read_that_is_under_way_can_be_given_less_time) {
  start_reading(seconds(100));
  ours->expire_read(in(milliseconds(100)));
  pass(milliseconds(200));
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::TimedOut);
}

TEST_F(ConnectionTest, is_full_when_its_bound_is_reached) {
  peer->send(std::string(1'000, 'x'));
  ASSERT_TRUE(becomes([&] {
    if (!read_end || read_end == IoStatus::Ok) start_reading();
    return read_end == IoStatus::Full;
  }));
  EXPECT_EQ(ours->input().size(), kInputBytes);
  ours->allow_input(1'000, false);
  while (ours->input().size() < 1'000) {
    start_reading();
    ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
    ASSERT_EQ(read_end, IoStatus::Ok);
  }
}

TEST_F(ConnectionTest, ends_a_read_when_it_is_closed) {
  start_reading();
  ours->close();
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(read_end, IoStatus::Closed);
}

TEST_F(ConnectionTest, lives_until_its_operations_have_ended) {
  ours->watch(nullptr);
  ours->close();
  ours.reset();
  settle();
  EXPECT_TRUE(peer->ended());
}

// --------------------------------------------------------------------------------------- watching

TEST_F(ConnectionTest, tells_its_watcher_once_that_the_peer_is_gone) {
  Witness witness;
  ours->watch(&witness);
  peer->close();
  ASSERT_TRUE(becomes([&] { return witness.gone > 0; }));
  settle();
  EXPECT_EQ(witness.gone, 1);
}

TEST_F(ConnectionTest, keeps_what_comes_while_it_is_watched) {
  Witness witness;
  ours->watch(&witness);
  peer->send("early");
  ASSERT_TRUE(becomes([&] { return !ours->input().empty(); }));
  EXPECT_EQ(witness.gone, 0);
  start_reading();
  peer->send(" bird");
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(ours->input(), "early bird");
}

TEST_F(ConnectionTest, tells_nobody_after_the_watch_has_ended) {
  Witness witness;
  ours->watch(&witness);
  ours->watch(nullptr);
  peer->close();
  ASSERT_TRUE(becomes([&] { return ours->peer_gone(); }));
  EXPECT_EQ(witness.gone, 0);
}

TEST_F(ConnectionTest, tells_nobody_of_its_own_closing) {
  Witness witness;
  ours->watch(&witness);
  ours->close();
  settle();
  EXPECT_EQ(witness.gone, 0);
}

TEST_F(ConnectionTest, asks_the_kernel_whether_the_peer_is_gone) {
  EXPECT_FALSE(ours->peer_gone_now());
  peer->send("x");
  EXPECT_TRUE(ours->peer_gone_now());
}

// ---------------------------------------------------------------------------------------- writing

TEST_F(ConnectionTest, writes_all_pieces_in_order) {
  start_writing({"one ", "", "two ", "three"});
  ASSERT_TRUE(becomes([&] { return peer->received() == "one two three"; }));
  EXPECT_EQ(write_end, IoStatus::Ok);
  EXPECT_EQ(ours->bytes_written(), 13U);
}

TEST_F(ConnectionTest, writes_more_than_the_kernel_takes_at_once) {
  start_writing({"head|", large, "|tail"});
  settle();
  EXPECT_FALSE(write_end);
  ASSERT_TRUE(becomes([&] { return peer->received().size() == large.size() + 10; }));
  ASSERT_TRUE(becomes([&] { return write_end.has_value(); }));
  EXPECT_EQ(write_end, IoStatus::Ok);
  EXPECT_TRUE(peer->received() == "head|" + large + "|tail");
}

TEST_F(ConnectionTest, copies_volatile_pieces_before_it_waits) {
  std::string scratch(large.size(), 'a');
  start_writing({scratch, "|end"}, 1);
  ASSERT_FALSE(write_end);
  scratch.assign(large.size(), 'b');
  ASSERT_TRUE(becomes([&] { return peer->received().size() == large.size() + 4; }));
  EXPECT_EQ(peer->received().find('b'), std::string::npos);
}

TEST_F(ConnectionTest, closes_itself_when_the_peer_does_not_read_in_time) {
  start_writing({large});
  ASSERT_FALSE(write_end);
  pass(seconds(11));
  ASSERT_TRUE(becomes([&] { return write_end.has_value(); }));
  EXPECT_EQ(write_end, IoStatus::TimedOut);
  EXPECT_TRUE(ours->closed());
}

TEST_F(ConnectionTest, ends_a_write_when_the_peer_resets_or_itself_is_closed) {
  start_writing({large});
  ASSERT_FALSE(write_end);
  peer->reset();
  ASSERT_TRUE(becomes([&] { return write_end.has_value(); }));
  EXPECT_EQ(write_end, IoStatus::Reset);
  ours->close();
  start_writing({"more"});
  EXPECT_EQ(write_end, IoStatus::Closed);
}

TEST_F(ConnectionTest, reads_and_writes_at_the_same_time) {
  start_writing({large});
  start_reading();
  peer->send("meanwhile");
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_FALSE(write_end);
  ASSERT_TRUE(becomes([&] { return peer->received().size() == large.size(); }));
  ASSERT_TRUE(becomes([&] { return write_end.has_value(); }));
}

TEST_F(ConnectionTest, ends_its_side_in_order) {
  start_writing({"bye"});
  ours->shutdown_send();
  ASSERT_TRUE(becomes([&] { return peer->ended(); }));
  EXPECT_EQ(peer->received(), "bye");
  EXPECT_FALSE(peer->was_reset());
  start_reading();
  peer->send("bye, too");
  ASSERT_TRUE(becomes([&] { return read_end.has_value(); }));
  EXPECT_EQ(ours->input(), "bye, too");
}

TEST_F(ConnectionTest, can_end_with_a_reset) {
  ours->close(true);
  ASSERT_TRUE(becomes([&] { return peer->ended(); }));
  EXPECT_TRUE(peer->was_reset());
}

TEST_F(ConnectionTest, knows_how_much_the_peer_has_acknowledged) {
  start_writing({"12345"});
  ASSERT_TRUE(becomes([&] { return peer->received().size() == 5; }));
  EXPECT_TRUE(becomes([&] { return ours->bytes_acknowledged() >= 5; }));
  EXPECT_LE(ours->bytes_acknowledged(), 6U);
}

}  // namespace
}  // namespace apiforge::net
