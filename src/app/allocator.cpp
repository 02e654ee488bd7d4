#include "app/allocator.hpp"

#include <malloc.h>

namespace apiforge::app {

void free_evenly() {
  ::mallopt(M_MXFAST, 0);  // the pieces that each thread keeps for itself (tcache) stay
}

}  // namespace apiforge::app
