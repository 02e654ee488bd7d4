#include "net/frame_pool.hpp"

#include <array>
#include <new>
#include <utility>

namespace apiforge::net {
namespace {

// Under the address sanitizer a frame that is used after its end must be found, so none is
// recycled.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kRecycles = false;
#elif defined(__has_feature)
constexpr bool kRecycles = !__has_feature(address_sanitizer);
#else
constexpr bool kRecycles = true;
#endif

}  // namespace

struct FramePool::FreeLists {
  struct Node {
    Node* next;
  };
  std::array<Node*, kClasses> head{};
  std::array<std::size_t, kClasses> count{};

  ~FreeLists() {
    for (Node* node : head) {
      while (node) ::operator delete(std::exchange(node, node->next));
    }
  }
};

FramePool::FreeLists& FramePool::lists() {
  thread_local FreeLists instance;
  return instance;
}

void* FramePool::allocate(std::size_t size) {
  const std::size_t index = (size - 1) / kGranularity;
  if (!kRecycles || index >= kClasses) return ::operator new(size);
  FreeLists& free = lists();
  if (auto* node = free.head[index]) {
    free.head[index] = node->next;
    --free.count[index];
    return node;
  }
  return ::operator new((index + 1) * kGranularity);
}

void FramePool::release(void* memory, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / kGranularity;
  if (!kRecycles || index >= kClasses) return ::operator delete(memory);
  FreeLists& free = lists();
  if (free.count[index] >= kMaxFree) return ::operator delete(memory);
  auto* node = static_cast<FreeLists::Node*>(memory);
  node->next = free.head[index];
  free.head[index] = node;
  ++free.count[index];
}

}  // namespace apiforge::net
