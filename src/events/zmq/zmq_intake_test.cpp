#include "events/zmq/zmq_intake.hpp"

#include <gmock/gmock.h>

#include "events/zmq/zmq_fixture.hpp"

namespace apiforge::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ZmqIntakeTest : public ZmqTest {
 protected:
  void given_an_intake() {
    auto opened = ZmqIntake::open(*context_, {.port = 0}, [this](const Command& command) {
      commands_.push_back(command);  // read by the test after the answer has come
      return outcome_;
    });
    ASSERT_TRUE(opened) << opened.error().detail;
    intake_ = *std::move(opened);
  }
  /// The answer to a command; empty when there is none.
  std::string ask(ZmqClient& client, const std::string& text,
                  std::chrono::milliseconds patience = kPatience) {
    client.send({text});
    const auto reply = client.receive(patience);
    return reply.empty() ? std::string() : reply.front();
  }

  Result<void> outcome_;
  std::vector<Command> commands_;
  std::unique_ptr<ZmqIntake> intake_;
};

TEST_F(ZmqIntakeTest, hands_commands_over_and_answers_them) {
  given_an_open_context();
  given_an_intake();
  ZmqClient client(zmq::socket_type::req, intake_->endpoint());
  EXPECT_EQ(ask(client, R"({"command":"breaker.open","api":"binance"})"), R"({"ok":true})");
  ASSERT_THAT(commands_, SizeIs(1));
  EXPECT_EQ(commands_[0].type, CommandType::OpenBreaker);
  EXPECT_EQ(commands_[0].api, "binance");
  EXPECT_THAT(commands_[0].client, IsEmpty());
}

TEST_F(ZmqIntakeTest, tells_why_a_command_was_refused) {
  given_an_open_context();
  given_an_intake();
  ZmqClient client(zmq::socket_type::req, intake_->endpoint());
  EXPECT_THAT(ask(client, "pong?"), HasSubstr(R"("code":"malformed_request")"));
  EXPECT_THAT(commands_, IsEmpty());
  outcome_ = fail(ErrorCode::NotFound, "there is no API 'x'");
  EXPECT_EQ(ask(client, R"({"command":"breaker.reset","api":"x"})"),
            R"({"ok":false,"code":"not_found","error":"there is no API 'x'"})");
  EXPECT_EQ(intake_->taken(), 2u);
  EXPECT_EQ(intake_->refused(), 2u);
}

TEST_F(ZmqIntakeTest, a_message_of_several_frames_is_no_command) {
  given_an_open_context();
  given_an_intake();
  ZmqClient client(zmq::socket_type::req, intake_->endpoint());
  client.send({R"({"command":"ping"})", "and more"});
  EXPECT_THAT(client.receive(), ElementsAre(HasSubstr("a command is one frame")));
  EXPECT_EQ(ask(client, R"({"command":"ping"})"), R"({"ok":true})");
}

TEST_F(ZmqIntakeTest, one_that_sends_too_much_is_cut_off_and_others_are_served) {
  given_an_open_context();
  given_an_intake();
  ZmqClient greedy(zmq::socket_type::req, intake_->endpoint());
  EXPECT_EQ(ask(greedy, std::string(kMaxCommandBytes + 1, ' '), std::chrono::milliseconds(200)),
            "");
  ZmqClient client(zmq::socket_type::req, intake_->endpoint());
  EXPECT_EQ(ask(client, R"({"command":"ping"})"), R"({"ok":true})");
}

TEST_F(ZmqIntakeTest, several_commands_of_a_dealer_are_answered_in_order) {
  given_an_open_context();
  given_an_intake();
  ZmqClient dealer(zmq::socket_type::dealer, intake_->endpoint());
  for (int i = 0; i < 20; ++i) dealer.send({"", R"({"command":"ping"})"});
  for (int i = 0; i < 20; ++i) EXPECT_THAT(dealer.receive(), ElementsAre("", R"({"ok":true})"));
}

TEST_F(ZmqIntakeTest, a_client_that_left_does_not_hold_up_the_next) {
  given_an_open_context();
  given_an_intake();
  for (int i = 0; i < 10; ++i) {
    ZmqClient hasty(zmq::socket_type::req, intake_->endpoint());
    hasty.send({R"({"command":"ping"})"});
  }
  ZmqClient client(zmq::socket_type::req, intake_->endpoint());
  EXPECT_EQ(ask(client, R"({"command":"ping"})"), R"({"ok":true})");
}

TEST_F(ZmqIntakeTest, with_curve_the_command_says_who_asks_and_strangers_are_not_heard) {
  const CurveKeyPair friendly = *make_curve_key_pair();
  const CurveKeyPair stranger = *make_curve_key_pair();
  given_an_encrypted_context({friendly});
  given_an_intake();
  const std::string ping = R"({"command":"ping"})";
  const std::chrono::milliseconds brief(300);
  ZmqClient unknown(zmq::socket_type::req, intake_->endpoint(), stranger, server_.public_key);
  EXPECT_EQ(ask(unknown, ping, brief), "");
  ZmqClient deceived(zmq::socket_type::req, intake_->endpoint(), friendly, stranger.public_key);
  EXPECT_EQ(ask(deceived, ping, brief), "");
  ZmqClient plain(zmq::socket_type::req, intake_->endpoint());
  EXPECT_EQ(ask(plain, ping, brief), "");
  EXPECT_THAT(commands_, IsEmpty());

  ZmqClient known(zmq::socket_type::req, intake_->endpoint(), friendly, server_.public_key);
  EXPECT_EQ(ask(known, ping), R"({"ok":true})");
  ASSERT_THAT(commands_, SizeIs(1));
  EXPECT_EQ(commands_[0].client, friendly.public_key);
}

}  // namespace
}  // namespace apiforge::events
