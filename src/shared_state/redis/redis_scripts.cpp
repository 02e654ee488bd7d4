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
local beside = tonumber(ARGV[8])

local stored = tonumber(redis.call('GET', KEYS[1]) or '')
local tat = stored or now
-- The key has a time to live until its TAT: when it is gone before, the store has lost it.
if not stored and last > now then tat = now + full end
if empty_at < 0 then empty_at = now end
if empty_at > 0 then tat = math.max(tat, empty_at + full) end
-- A bucket never owes more than a burst, even when the clock was set back.
tat = math.min(math.max(tat, last, now) + beside, now + 2 * full)

local free = math.max(0, math.floor((now + full - tat) / step))
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

constexpr std::string_view kWindow = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local amount = tonumber(ARGV[1])
local per = tonumber(ARGV[2])
local units = tonumber(ARGV[4])
local last = tonumber(ARGV[6])
local empty_at = tonumber(ARGV[7])
local slides = ARGV[9] == '1'

local window = math.floor(now / per)
local stored = redis.call('GET', KEYS[1]) or ''
local index, taken, before, from = string.match(stored, '^(%d+) (%d+) (%d+) (%d+)$')
-- The key lives as long as something of it counts: when it is gone before, the store has lost it.
if not index and last > now then empty_at = now end
index = tonumber(index or window)
taken = tonumber(taken or 0)
before = tonumber(before or 0)
from = tonumber(from or 0)
-- The clock was set back: by little across a border, or by so much that nothing is known.
if index == window + 1 then window = index end
if index > window then index, from, empty_at = window, 0, now end
local start = window * per
local ends = start + per
local at = math.max(now, start)
if index < window then
  before = slides and index == window - 1 and math.min(taken, amount) or 0
  taken = 0
  if from >= start then taken, before = amount, 0 else from = 0 end
end
if empty_at < 0 then empty_at = now end
if empty_at > from then
  if empty_at >= start then
    taken, before, from = amount, 0, empty_at
  elseif slides and empty_at >= start - per then
    before = amount
  end
end
local full = slides and ends + per or ends
if last == full then taken = math.max(taken, tonumber(ARGV[10])) end

local back = from > 0 and math.floor(math.max(at - from, 0) / per * amount) or 0
local free = math.max(amount - taken - math.floor(before * (ends - at) / per) + back, 0)
local granted = math.min(units, free)
local needed = 1
if ARGV[5] == '1' then
  needed = math.min(units, amount)
  if granted < units then granted = 0 end
end
taken = taken + granted

-- The first moment of a window at which no more than `room` units of the one before count.
local function moment(units_before, room)
  return units_before <= room and 0 or per - math.ceil(per * (room + 1) / units_before) + 1
end
local wait = 0
if granted == 0 then
  local room = amount - taken - needed
  local next = ends
  if from > 0 then
    next = from + math.ceil(per / amount * -room)
  elseif room >= 0 then
    next = start + moment(before, room)
  end
  if next >= ends then
    next = ends + moment(slides and math.min(taken, amount) or 0, amount - needed)
  end
  wait = math.max(1, next - now)
end

local tat = now
if taken > 0 then tat = full elseif before > 0 then tat = ends end
local text = string.format('%.0f %.0f %.0f %.0f', window, taken, before, from)
if tat > now and text ~= stored then
  redis.call('SET', KEYS[1], text, 'PX', math.ceil((tat - now) / 1000))
end
return {granted, wait, tat, now, ends - now, from == 0 and taken or 0}
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

const RedisScript& window_script() {
  static const RedisScript kScript = script_of(kWindow);
  return kScript;
}

const RedisScript& beat_script() {
  static const RedisScript kScript = script_of(kBeat);
  return kScript;
}

}  // namespace apiforge::shared_state
