#include "net/handover.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

class HandoverTest : public LoopbackTest {
 protected:
  HandoverTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "handover-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = handover_path(folder, 8080);
  }
  ~HandoverTest() override {
    for (const int socket : sockets) ::close(socket);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void offer(std::size_t count) {
    sockets = open_listening_sockets({"127.0.0.1", 0}, count).value();
    server = HandoverServer::start(loop, path, sockets);
    ASSERT_NE(server, nullptr);
  }
  // The next process: it waits, so the loop of this one must run meanwhile.
  std::vector<int> next_process() {
    std::vector<int> taken;
    std::atomic<bool> done = false;
    std::thread other([&] {
      taken = take_over(path);
      done = true;
    });
    EXPECT_TRUE(becomes([&] { return done.load(); }));
    other.join();
    return taken;
  }

  std::string folder;
  std::string path;
  std::vector<int> sockets;
  std::unique_ptr<HandoverServer> server;
};

TEST_F(HandoverTest, gives_all_sockets_to_the_next_process) {
  offer(4);
  const std::vector<int> taken = next_process();
  ASSERT_EQ(taken.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NE(taken[i], sockets[i]);
    EXPECT_EQ(bound_port(taken[i]), bound_port(sockets[i]));
    ::close(taken[i]);
  }
}

TEST_F(HandoverTest, a_connection_queued_before_is_accepted_after) {
  offer(1);
  RawSocket caller = RawSocket::connected_to(bound_port(sockets[0]));
  const std::vector<int> taken = next_process();
  ASSERT_EQ(taken.size(), 1U);
  ::close(sockets[0]);
  sockets.clear();
  const int accepted = ::accept4(taken[0], nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  EXPECT_GE(accepted, 0);
  ::close(accepted);
  ::close(taken[0]);
}

TEST_F(HandoverTest, there_is_nothing_to_take_when_nobody_serves) {
  EXPECT_TRUE(take_over(path).empty());
  std::ofstream(path) << "no socket";
  EXPECT_TRUE(take_over(path).empty());
  EXPECT_TRUE(take_over(std::string(200, 'x')).empty());
}

TEST_F(HandoverTest, replaces_the_socket_of_a_process_that_died) {
  offer(1);
  EXPECT_TRUE(std::filesystem::exists(path));
  auto second = HandoverServer::start(loop, path, sockets);
  ASSERT_NE(second, nullptr);
  server.reset();
  EXPECT_TRUE(std::filesystem::exists(path)) << "the old process removed the file of the new one";
  second.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HandoverTest, only_the_user_may_ask) {
  offer(1);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(HandoverTest, does_without_where_it_cannot_work) {
  EXPECT_EQ(HandoverServer::start(loop, std::string(200, 'x'), {}), nullptr);
  EXPECT_EQ(HandoverServer::start(loop, path, std::vector<int>(kMaxHandoverSockets + 1, 0)),
            nullptr);
}

}  // namespace
}  // namespace apiforge::net
