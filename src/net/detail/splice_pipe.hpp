// SplicePipe: moves bytes from one socket to another inside the kernel, with splice(2). One for
// each event loop, on its thread. It is empty between two calls, so all connections share it and
// none holds any of it. Private to net/. See docs/adr/0009.
#pragma once
#include <cstddef>
#include <string>

namespace apiforge::net::detail {

class SplicePipe {
 public:
  SplicePipe() = default;
  SplicePipe(const SplicePipe&) = delete;
  SplicePipe& operator=(const SplicePipe&) = delete;
  ~SplicePipe();

  /// Makes the pipe when there is none yet. False when the kernel has none to give.
  bool open();
  /// Takes at most `most` bytes that have arrived at the socket `from` and gives them to the socket
  /// `to`, both non-blocking. Returns how many were taken: 0 when none are there, and when `from`
  /// has ended, which its next read tells. What `to` does not take at once, or can no longer take,
  /// is put into `rest`.
  std::size_t move(int from, int to, std::size_t most, std::string& rest);

 private:
  void empty_into(std::string& rest, std::size_t bytes);

  int read_end_ = -1;
  int write_end_ = -1;
};

}  // namespace apiforge::net::detail
