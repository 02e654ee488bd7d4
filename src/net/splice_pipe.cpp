#include "net/detail/splice_pipe.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace apiforge::net::detail {
namespace {

// A pipe has a slot for each page, and a packet of the network takes a slot however little of the
// page it fills. This much holds what is moved at once also when packets are small.
constexpr int kPipeBytes = 256 * 1024;

}  // namespace

SplicePipe::~SplicePipe() {
  if (read_end_ < 0) return;
  ::close(read_end_);
  ::close(write_end_);
}

bool SplicePipe::open() {
  if (read_end_ >= 0) return true;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return false;
  read_end_ = ends[0];
  write_end_ = ends[1];
  ::fcntl(write_end_, F_SETPIPE_SZ, kPipeBytes);  // refused beyond a limit; then it moves less
  // splice has no MSG_NOSIGNAL.
  sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  return true;
}

std::size_t SplicePipe::move(int from, int to, std::size_t most, std::string& rest) {
  const ssize_t came = ::splice(from, nullptr, write_end_, nullptr, most, SPLICE_F_NONBLOCK);
  if (came <= 0) return 0;
  const auto taken = static_cast<std::size_t>(came);
  std::size_t gone = 0;
  while (gone < taken) {
    const ssize_t went = ::splice(read_end_, nullptr, to, nullptr, taken - gone, SPLICE_F_NONBLOCK);
    if (went <= 0) break;
    gone += static_cast<std::size_t>(went);
  }
  if (gone < taken) empty_into(rest, taken - gone);
  return taken;
}

void SplicePipe::empty_into(std::string& rest, std::size_t bytes) {
  const std::size_t before = rest.size();
  rest.resize(before + bytes);
  std::size_t filled = before;
  while (filled < rest.size()) {
    const ssize_t got = ::read(read_end_, rest.data() + filled, rest.size() - filled);
    if (got <= 0) break;  // cannot be: the pipe holds these bytes and nobody else reads it
    filled += static_cast<std::size_t>(got);
  }
}

}  // namespace apiforge::net::detail
