// What auth shares about libsodium. Any thread.
#pragma once
#include <string>

namespace apiforge::auth {

/// Makes libsodium choose its implementations and open its source of randomness; again costs a
/// lock. Ends the process when there is no randomness: nothing safe can be done without.
void start_sodium();

/// `length` uniformly random digits of `0-9A-Za-z`.
std::string random_base62(std::size_t length);

}  // namespace apiforge::auth
