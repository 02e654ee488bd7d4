// OpenSSL keeps errors per thread: those of this scope (a forged signature leaves some) are taken
// off again, where a TLS stream of the thread would find them. On the stack of one thread.
#pragma once
#include <openssl/err.h>

namespace apiforge::auth {

class ErrorQueueMark {
 public:
  ErrorQueueMark() { ERR_set_mark(); }
  ~ErrorQueueMark() { ERR_pop_to_mark(); }
  ErrorQueueMark(const ErrorQueueMark&) = delete;
  ErrorQueueMark& operator=(const ErrorQueueMark&) = delete;
};

}  // namespace apiforge::auth
