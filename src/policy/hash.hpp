// A fast hash of bytes for tables and for spreading calls: the same on every node and run, not for
// secrets, and not safe as the only defence of a table that strangers may fill. Pure; any thread.
#pragma once
#include <cstdint>
#include <string_view>

namespace apiforge::policy {

/// 64 well mixed bits (the multiply-and-fold of wyhash). Different seeds give unrelated hashes.
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

/// Mixes two words into one, for hashes of pairs.
std::uint64_t hash_pair(std::uint64_t first, std::uint64_t second);

}  // namespace apiforge::policy
