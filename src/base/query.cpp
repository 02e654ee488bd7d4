#include "base/query.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace apiforge {
namespace {

/// Where the query of a target begins; the target's size when it has none.
std::size_t query_begin(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? target.size() : mark + 1;
}

bool has_one_of(const QueryPair& pair, std::span<const std::string_view> names) {
  return std::ranges::any_of(names,
                             [&](std::string_view name) { return is_query_name(pair.name, name); });
}

/// Removes pairs from `text`, of which only what stands from `begin` on is a form. Kept pieces move
/// to the left, each with the `&` before it, so that the text needs no second buffer.
std::size_t remove_pairs_from(std::string& text, std::size_t begin,
                              std::span<const std::string_view> names) {
  std::size_t removed = 0;
  std::size_t written = begin;
  bool first = true;
  for (std::size_t read = begin; read <= text.size();) {
    const std::size_t end = std::min(text.find('&', read), text.size());
    const std::string_view piece(text.data() + read, end - read);
    if (!piece.empty() && has_one_of(parse_query_pair(piece), names)) {
      ++removed;
    } else {
      if (!first) text[written++] = '&';
      std::char_traits<char>::move(text.data() + written, piece.data(), piece.size());
      written += piece.size();
      first = false;
    }
    read = end + 1;
  }
  text.resize(written);
  return removed;
}

void append_raw(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += '=';
  text += value;
}

}  // namespace

std::string_view query_of(std::string_view target) {
  return target.substr(query_begin(target));
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

QueryPair parse_query_pair(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {text, text, {}};
  return {text, text.substr(0, equals), text.substr(equals + 1)};
}

bool is_query_name(std::string_view raw, std::string_view name) {
  for (const char expected : name) {
    if (raw.empty()) return false;
    char actual = raw.front();
    std::size_t length = 1;
    if (actual == '%' && raw.size() >= 3) {
      const int high = hex_digit_value(raw[1]);
      const int low = hex_digit_value(raw[2]);
      if (high >= 0 && low >= 0) {
        actual = static_cast<char>(high << 4 | low);
        length = 3;
      }
    }
    if (actual != expected) return false;
    raw.remove_prefix(length);
  }
  return raw.empty();
}

std::optional<std::string_view> find_pair(std::string_view form, std::string_view name) {
  std::optional<std::string_view> value;
  for_each_pair(form, [&](const QueryPair& pair) {
    if (!value && is_query_name(pair.name, name)) value = pair.value;
  });
  return value;
}

std::size_t remove_pairs(std::string& form, std::span<const std::string_view> names) {
  return remove_pairs_from(form, 0, names);
}

std::size_t remove_query_pairs(std::string& target, std::span<const std::string_view> names) {
  const std::size_t begin = query_begin(target);
  if (begin == target.size()) return 0;
  const std::size_t removed = remove_pairs_from(target, begin, names);
  if (removed > 0 && target.size() == begin) target.pop_back();
  return removed;
}

void append_pair(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty() && !form.ends_with('&')) form += '&';
  append_raw(form, name, value);
}

void append_query_pair(std::string& target, std::string_view name, std::string_view value) {
  const std::string_view query = query_of(target);
  if (query.empty()) {
    if (!target.ends_with('?')) target += '?';
  } else if (!query.ends_with('&')) {
    target += '&';
  }
  append_raw(target, name, value);
}

}  // namespace apiforge
