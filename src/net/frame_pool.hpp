// FramePool: recycles coroutine frames. Each thread has its own free lists, so nothing is locked; a
// call makes about ten frames, and malloc for each would be a tenth of its budget.
#pragma once
#include <cstddef>

namespace apiforge::net {

class FramePool {
 public:
  static void* allocate(std::size_t size);
  static void release(void* memory, std::size_t size) noexcept;

 private:
  static constexpr std::size_t kGranularity = 256;
  static constexpr std::size_t kClasses = 16;   // frames up to 4 KiB
  static constexpr std::size_t kMaxFree = 256;  // per class and thread: at most 2 MiB are kept
  struct FreeLists;
  static FreeLists& lists();
};

}  // namespace apiforge::net
