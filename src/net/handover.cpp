#include "net/handover.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>
#include <filesystem>
#include <optional>

#include "net/detail/native_loop.hpp"

namespace apiforge::net {
namespace asio = detail::asio;
namespace {

// A control message with room for all descriptors, aligned as the kernel wants it.
struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(sizeof(int) * kMaxHandoverSockets)> bytes{};
};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool peer_is_same_user(int socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         peer.uid == ::geteuid();
}

void send_sockets(int to, const std::vector<int>& sockets) {
  char byte = 1;
  iovec data{&byte, 1};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = CMSG_SPACE(sizeof(int) * sockets.size());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * sockets.size());
  std::memcpy(CMSG_DATA(header), sockets.data(), sizeof(int) * sockets.size());
  ::sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::vector<int> receive_sockets(int from) {
  char byte = 0;
  iovec data{&byte, 1};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  if (::recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return {};
  std::vector<int> sockets((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  std::memcpy(sockets.data(), CMSG_DATA(header), sockets.size() * sizeof(int));
  return sockets;
}

}  // namespace

std::string handover_path(const std::string& data_dir, std::uint16_t port) {
  return (std::filesystem::path(data_dir) / ("handover-" + std::to_string(port) + ".sock"))
      .string();
}

std::vector<int> take_over(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return {};
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return {};
  const timeval patience{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));  // for connect
  std::vector<int> sockets;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0 &&
      peer_is_same_user(socket)) {
    sockets = receive_sockets(socket);
  }
  ::close(socket);
  return sockets;
}

struct HandoverServer::State : std::enable_shared_from_this<State> {
  using Protocol = asio::local::stream_protocol;

  State(EventLoop& loop, std::string socket_path, std::vector<int> offered)
      : acceptor(loop.native().context),
        path(std::move(socket_path)),
        sockets(std::move(offered)) {}

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error, auto peer) {
          if (error) return;
          if (peer_is_same_user(peer.native_handle()))
            send_sockets(peer.native_handle(), self->sockets);
          self->accept();
        });
  }

  asio::basic_socket_acceptor<Protocol, detail::Executor> acceptor;
  std::string path;
  std::vector<int> sockets;
  ino_t inode = 0;
};

HandoverServer::HandoverServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<HandoverServer> HandoverServer::start(EventLoop& loop, const std::string& path,
                                                      std::vector<int> sockets) {
  if (!address_of(path) || sockets.size() > kMaxHandoverSockets) return nullptr;
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  std::filesystem::remove(path, failed);
  auto state = std::make_shared<State>(loop, path, std::move(sockets));
  boost::system::error_code error;
  state->acceptor.open(State::Protocol(), error);
  if (!error) state->acceptor.bind(path, error);
  // Only this user may ask.
  if (!error && ::chmod(path.c_str(), 0600) != 0) return nullptr;
  if (!error) state->acceptor.listen(8, error);
  struct stat info{};
  if (error || ::stat(path.c_str(), &info) != 0) return nullptr;
  state->inode = info.st_ino;
  state->accept();
  return std::unique_ptr<HandoverServer>(new HandoverServer(std::move(state)));
}

HandoverServer::~HandoverServer() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  // The next process has its own socket file there by now; only ours is removed.
  struct stat info{};
  if (::stat(state_->path.c_str(), &info) == 0 && info.st_ino == state_->inode) {
    ::unlink(state_->path.c_str());
  }
}

}  // namespace apiforge::net
