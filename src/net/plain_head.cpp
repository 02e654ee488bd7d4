#include "net/detail/plain_head.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/load.hpp"

namespace apiforge::net::detail {
namespace {

constexpr std::array<bool, 256> make_token_bytes() {
  std::array<bool, 256> table{};
  for (int byte = '0'; byte <= '9'; ++byte) table[static_cast<std::size_t>(byte)] = true;
  for (int byte = 'A'; byte <= 'Z'; ++byte) table[static_cast<std::size_t>(byte)] = true;
  for (int byte = 'a'; byte <= 'z'; ++byte) table[static_cast<std::size_t>(byte)] = true;
  for (const char byte : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(byte)] = true;
  }
  return table;
}

/// RFC 9110 5.6.2.
constexpr std::array<bool, 256> kTokenBytes = make_token_bytes();

bool is_token_byte(char byte) {
  return kTokenBytes[static_cast<unsigned char>(byte)];
}
bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}
bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < ' ' || byte == 0x7f;
}

/// The first control byte, or `end`. Sixteen bytes at once; GCC and clang make vector instructions
/// of it.
const char* find_control(const char* at, const char* end) {
  using Block = unsigned char __attribute__((vector_size(16)));
  for (; end - at >= static_cast<std::ptrdiff_t>(sizeof(Block)); at += sizeof(Block)) {
    const auto block = load<Block>(at);
    const auto halves =
        std::bit_cast<std::array<std::uint64_t, 2>>((block < ' ') | (block == 0x7f));
    if (halves[0] != 0) return at + std::countr_zero(halves[0]) / 8;
    if (halves[1] != 0) return at + 8 + std::countr_zero(halves[1]) / 8;
  }
  while (at < end && !is_control(*at)) ++at;
  return at;
}
static_assert(std::endian::native == std::endian::little);

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

template <std::size_t Size>
bool PlainHead::take(const char (&text)[Size]) {
  constexpr std::size_t kBytes = Size - 1;
  if (static_cast<std::size_t>(end_ - at_) < kBytes || std::memcmp(at_, text, kBytes) != 0)
    return false;
  at_ += kBytes;
  return true;
}

std::string_view PlainHead::take_token() {
  const char* const begin = at_;
  while (at_ < end_ && is_token_byte(*at_)) ++at_;
  return between(begin, at_);
}

bool PlainHead::take_request_line(std::string_view& method, std::string_view& target) {
  method = take_token();
  if (method.empty() || !take(" ")) return false;
  const char* const begin = at_;
  while (at_ < end_ && *at_ > ' ' && *at_ < 0x7f) ++at_;
  target = between(begin, at_);
  return !target.empty() && take(" HTTP/1.1\r\n");
}

bool PlainHead::take_status_line(int& status, std::string_view& reason) {
  constexpr std::ptrdiff_t kDigitsAndSpace = 4;
  if (!take("HTTP/1.1 ") || end_ - at_ < kDigitsAndSpace) return false;
  if (!is_digit(at_[0]) || !is_digit(at_[1]) || !is_digit(at_[2]) || at_[3] != ' ') return false;
  status = 100 * (at_[0] - '0') + 10 * (at_[1] - '0') + (at_[2] - '0');
  at_ += kDigitsAndSpace;
  const char* const begin = at_;
  at_ = find_control(at_, end_);
  reason = between(begin, at_);
  return take("\r\n");
}

bool PlainHead::take_field(std::string_view& name, std::string_view& value) {
  name = take_token();
  if (name.empty() || !take(":")) return false;
  while (at_ < end_ && *at_ == ' ') ++at_;
  const char* const begin = at_;
  at_ = find_control(at_, end_);
  const char* last = at_;
  while (last > begin && last[-1] == ' ') --last;
  value = between(begin, last);
  if (!take("\r\n")) return false;
  // A line that begins with white space would go on with this value.
  return at_ < end_ && *at_ != ' ' && *at_ != '\t';
}

bool PlainHead::take_end() {
  return take("\r\n");
}

}  // namespace apiforge::net::detail
