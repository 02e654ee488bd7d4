// Secret: text that must not be shown. It never prints, and its memory is wiped when it goes.
// One thread at a time.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace apiforge {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  /// The plain text; the caller must not copy it into anything that outlives the use.
  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  void wipe();
  std::string value_;
};

}  // namespace apiforge
