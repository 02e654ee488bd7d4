#include "net/field_names.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/load.hpp"

namespace apiforge::net {
namespace {

// Its text is inside, so that a look at it is a look at one place.
struct Name {
  constexpr Name(std::string_view lower_case, FieldId field)
      : size(static_cast<std::uint8_t>(lower_case.size())), id(field) {
    for (std::size_t i = 0; i < size; ++i) letters[i] = lower_case[i];
  }
  constexpr std::string_view text() const { return {letters.data(), size}; }

  std::array<char, 22> letters{};  ///< at least two
  std::uint8_t size;
  FieldId id;
};

constexpr std::array<Name, 31> kNames{{
    {"accept", FieldId::Accept},
    {"accept-encoding", FieldId::AcceptEncoding},
    {"authorization", FieldId::Authorization},
    {"connection", FieldId::Connection},
    {"content-length", FieldId::ContentLength},
    {"content-type", FieldId::ContentType},
    {"cookie", FieldId::Cookie},
    {"date", FieldId::Date},
    {"expect", FieldId::Expect},
    {"forwarded", FieldId::Forwarded},
    {"host", FieldId::Host},
    {"keep-alive", FieldId::KeepAlive},
    {"proxy-authenticate", FieldId::ProxyAuthenticate},
    {"proxy-authorization", FieldId::ProxyAuthorization},
    {"proxy-connection", FieldId::ProxyConnection},
    {"retry-after", FieldId::RetryAfter},
    {"server", FieldId::Server},
    {"te", FieldId::Te},
    {"trailer", FieldId::Trailer},
    {"transfer-encoding", FieldId::TransferEncoding},
    {"upgrade", FieldId::Upgrade},
    {"user-agent", FieldId::UserAgent},
    {"via", FieldId::Via},
    {"x-api-key", FieldId::XApiKey},
    {"x-api-version", FieldId::XApiVersion},
    {"x-forwarded-for", FieldId::XForwardedFor},
    {"x-forwarded-host", FieldId::XForwardedHost},
    {"x-forwarded-port", FieldId::XForwardedPort},
    {"x-forwarded-proto", FieldId::XForwardedProto},
    {"x-real-ip", FieldId::XRealIp},
    {"x-request-id", FieldId::XRequestId},
}};

// The bit that the case of a letter is. Set, it makes no other character of a token (RFC
// 9110 5.6.2) a letter or `-`: that would have to be a control character.
constexpr std::uint8_t kCaseBit = 0x20;

/// Length, first and last two letters: enough to tell the names above from each other.
constexpr std::uint32_t features(std::string_view name) {
  const auto letter = [](char c) { return static_cast<std::uint32_t>(c | kCaseBit) & 0xff; };
  return static_cast<std::uint32_t>(name.size() & 0xff) << 24 | letter(name.front()) << 16 |
         letter(name[name.size() - 2]) << 8 | letter(name.back());
}

constexpr int kSlotBits = 8;
constexpr std::size_t slot_of(std::uint32_t name_features, std::uint32_t factor) {
  return (name_features * factor) >> (32 - kSlotBits);
}

/// By which no two names fall into one slot.
consteval std::uint32_t find_factor() {
  for (std::uint32_t factor = 0x9E3779B1;; factor += 2) {
    std::array<bool, 1 << kSlotBits> taken{};
    bool apart = true;
    for (const Name& name : kNames) {
      bool& slot = taken[slot_of(features(name.text()), factor)];
      apart = apart && !slot;
      slot = true;
    }
    if (apart) return factor;
  }
}
constexpr std::uint32_t kFactor = find_factor();

constexpr std::uint8_t kNobody = kNames.size();

/// Positions in kNames.
consteval std::array<std::uint8_t, 1 << kSlotBits> make_slots() {
  std::array<std::uint8_t, 1 << kSlotBits> slots{};
  slots.fill(kNobody);
  for (std::uint8_t i = 0; i < kNames.size(); ++i) {
    slots[slot_of(features(kNames[i].text()), kFactor)] = i;
  }
  return slots;
}
constexpr std::array<std::uint8_t, 1 << kSlotBits> kSlots = make_slots();

/// Equal but for case; `lower` is one of kNames of the same length.
bool is_called(std::string_view name, std::string_view lower) {
  constexpr std::uint64_t kCaseBits = 0x2020'2020'2020'2020;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (name.size() < kWord) {
    std::uint8_t differing = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
      differing |=
          static_cast<std::uint8_t>(name[i] | kCaseBit) ^ static_cast<std::uint8_t>(lower[i]);
    }
    return differing == 0;
  }
  const auto differs_at = [&](std::size_t i) {
    return (load<std::uint64_t>(name.data() + i) | kCaseBits) ^
           load<std::uint64_t>(lower.data() + i);
  };
  std::uint64_t differing = differs_at(name.size() - kWord);
  for (std::size_t i = 0; i + kWord < name.size(); i += kWord) differing |= differs_at(i);
  return differing == 0;
}

}  // namespace

FieldId field_id(std::string_view name) {
  if (name.size() < 2) return FieldId::Other;
  const std::uint8_t slot = kSlots[slot_of(features(name), kFactor)];
  if (slot == kNobody) return FieldId::Other;
  const Name& candidate = kNames[slot];
  const bool called = candidate.size == name.size() && is_called(name, candidate.text());
  return called ? candidate.id : FieldId::Other;
}

}  // namespace apiforge::net
