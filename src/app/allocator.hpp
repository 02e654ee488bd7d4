// How the allocator behaves for a process of which some threads must not be kept waiting.
#pragma once

namespace apiforge::app {

/// Freed memory is put together as it comes, piece by piece. glibc would else keep small pieces
/// apart until something large is freed, and put all of them together then: a worker that frees the
/// reply of a large change stood still for milliseconds. Called once at start, by one thread.
void free_evenly();

}  // namespace apiforge::app
