#include "shared_state/redis/redis_scripts.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "base/encoding.hpp"

namespace apiforge::shared_state {
namespace {

constexpr std::string_view kLease = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step = tonumber(ARGV[2]) / tonumber(ARGV[1])  -- microseconds of one unit
local full = step * tonumber(ARGV[3])               -- of all of them
local units = tonumber(ARGV[4])
local last = tonumber(ARGV[6])
local empty_at = tonumber(ARGV[7])

local stored = tonumber(redis.call('GET', KEYS[1]) or '')
local tat = stored or now
-- The key has a time to live until its TAT: when it is gone before, the store has lost it.
if not stored and last > now then tat = now + full end
if empty_at < 0 then empty_at = now end
if empty_at > 0 then tat = math.max(tat, empty_at + full) end
-- A bucket is never emptier than empty, even when the clock was set back.
tat = math.min(math.max(tat, last, now), now + full)

local free = math.floor((now + full - tat) / step)
local granted = math.min(units, free)
local needed = 1
if ARGV[5] == '1' then
  needed = units
  if granted < units then granted = 0 end
end
-- Rounded up: many small leases never add up to more than the rate.
tat = math.ceil(tat + granted * step)
local wait = 0
if granted == 0 then wait = math.max(1, math.ceil(tat + needed * step - now - full)) end
if tat > now and tat ~= stored then
  redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))
end
return {granted, wait, tat, now}
)lua";

constexpr std::string_view kBeat = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local life = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - life)
local is_new = redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(life / 1000))
return {redis.call('ZCARD', KEYS[1]), 1 - is_new, now}
)lua";

RedisScript script_of(std::string_view text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return {text, hex({digest.data(), size})};
}

}  // namespace

const RedisScript& lease_script() {
  static const RedisScript kScript = script_of(kLease);
  return kScript;
}

const RedisScript& beat_script() {
  static const RedisScript kScript = script_of(kBeat);
  return kScript;
}

}  // namespace apiforge::shared_state
