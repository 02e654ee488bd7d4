// Which version of an Api a call goes to that names none: canaries get their share of the callers,
// and a caller stays with its version. Compiled from the weights; immutable, any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace apiforge::policy {

class VersionChoice {
 public:
  /// `weights`, 0..1000 each, in the order in which `choose` counts the versions.
  explicit VersionChoice(std::span<const std::uint32_t> weights);

  /// False when all weights are 0: then there is nothing to choose by.
  bool is_weighted() const { return !ends_.empty() && ends_.back() > 0; }
  /// The version for a caller: the same hash gets the same version while the weights stay, and
  /// evenly spread hashes are shared as the weights say. `is_weighted` must hold.
  std::size_t choose(std::uint64_t hash) const;

 private:
  std::vector<std::uint32_t> ends_;  // sums of the weights so far
};

}  // namespace apiforge::policy
