// Edits a raw query string or form body in place: pairs are found, removed and appended, and every
// other byte stays as the caller sent it. Pure functions; any thread.
//
// Pairs are separated by `&` alone. A pair's name ends at its first `=`. Names are compared
// percent-decoded and case-sensitively, so that `%73ignature` is `signature`; a `%` without two
// hexadecimal digits stands for itself. `form` below means either kind of text, without a `?`.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace apiforge {

/// One `name=value` as views into the raw text; without a `=` the value is empty.
struct QueryPair {
  std::string_view text;  ///< the whole pair
  std::string_view name;
  std::string_view value;
};

/// What stands behind the first `?` of a request target; empty when there is none.
std::string_view query_of(std::string_view target);
/// What stands before the first `?` of a request target.
std::string_view path_of(std::string_view target);

QueryPair parse_query_pair(std::string_view text);
/// Whether the raw name of a pair, percent-decoded, is `name`.
bool is_query_name(std::string_view raw, std::string_view name);

/// Calls `visit(QueryPair)` for each pair in order; empty pieces between `&`s are skipped.
template <class Visit>
void for_each_pair(std::string_view form, Visit visit) {
  while (!form.empty()) {
    const auto end = form.find('&');
    if (const auto text = form.substr(0, end); !text.empty()) visit(parse_query_pair(text));
    if (end == std::string_view::npos) return;
    form.remove_prefix(end + 1);
  }
}

/// The raw value of the first pair of that name.
std::optional<std::string_view> find_pair(std::string_view form, std::string_view name);

/// Removes every pair that has one of the names, each with one `&` beside it; returns how many.
std::size_t remove_pairs(std::string& form, std::span<const std::string_view> names);
/// The same in the query of a request target. A `?` that is left with nothing behind it goes too.
std::size_t remove_query_pairs(std::string& target, std::span<const std::string_view> names);

/// Appends `name=value` as they are (already percent-encoded), with a `&` where one is needed.
void append_pair(std::string& form, std::string_view name, std::string_view value);
/// The same to the query of a request target, which gets its `?` if it has none.
void append_query_pair(std::string& target, std::string_view name, std::string_view value);

}  // namespace apiforge
