// Tables that say which members a map may have and where in the model they go. A row is a name and
// one of the readers below; the tables of this format are in load.cpp. Pure; any thread.
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"
#include "declarative/cursor.hpp"

namespace apiforge::declarative {

enum class Presence : std::uint8_t { Optional, Required };

template <class T>
struct Member {
  std::string_view name;
  void (*read)(const Cursor& value, T& target);
  Presence presence = Presence::Optional;
};

template <class T, std::size_t N>
using Members = std::array<Member<T>, N>;

/// Reads a map into `target`. Members of which the table does not know, and required ones that are
/// not there, are faults. A member that is null counts as not there: its default stays.
template <class T, std::size_t N>
void read_members(const Cursor& map, const Members<T, N>& table, T& target) {
  std::array<bool, N> given{};
  for (const auto& [key, value] : map.entries()) {
    const auto row = std::ranges::find(table, key, &Member<T>::name);
    if (row == table.end()) {
      std::array<std::string_view, N> names;
      std::ranges::transform(table, names.begin(), &Member<T>::name);
      const auto entry = std::ranges::find(map.node().entries, key, &MapEntry::key);
      map.fault_at(entry->key_position, key,
                   "unknown member " + in_quotes(key) + did_you_mean(key, names));
      continue;
    }
    if (value.is_null()) continue;
    given[static_cast<std::size_t>(row - table.begin())] = true;
    row->read(value, target);
  }
  if (map.node().kind != NodeKind::Map) return;
  for (std::size_t i = 0; i < N; ++i) {
    if (table[i].presence == Presence::Optional || given[i]) continue;
    map.fault_at(map.node().position, table[i].name, "is required");
  }
}

// The readers. `Field` is a pointer to the member of T that the value goes to.

template <auto Field, class T>
void text(const Cursor& value, T& target) {
  if (auto read = value.text()) target.*Field = std::move(*read);
}

template <auto Field, class T>
void flag(const Cursor& value, T& target) {
  if (const auto read = value.boolean()) target.*Field = *read;
}

template <auto Field, class T>
void number(const Cursor& value, T& target) {
  using Number = std::remove_reference_t<decltype(target.*Field)>;
  // 2^53 - 1: what every JSON reader can hold.
  constexpr std::uint64_t kMost =
      std::min<std::uint64_t>(std::numeric_limits<Number>::max(), (1ull << 53) - 1);
  if (const auto read = value.whole_number(kMost)) target.*Field = static_cast<Number>(*read);
}

template <auto Field, class T>
void duration_ms(const Cursor& value, T& target) {
  constexpr std::uint64_t kYear = 366ull * 24 * 3'600 * 1'000;
  if (const auto read = value.whole_number(kYear)) target.*Field = std::chrono::milliseconds(*read);
}

/// A list of texts; it replaces the default.
template <auto Field, class T>
void texts(const Cursor& value, T& target) {
  auto& list = target.*Field;
  list.clear();
  for (const Cursor& item : value.items()) {
    if (auto read = item.text()) list.push_back(std::move(*read));
  }
}

/// An identifier of the model, and a list of them.
template <auto Field, class T>
void identifier(const Cursor& value, T& target) {
  if (auto read = value.text()) (target.*Field).value = std::move(*read);
}

template <auto Field, class T>
void identifiers(const Cursor& value, T& target) {
  auto& list = target.*Field;
  list.clear();
  for (const Cursor& item : value.items()) {
    if (auto read = item.text()) list.emplace_back().value = std::move(*read);
  }
}

/// A map of texts; `Field` may hold any type that is made from a string.
template <auto Field, class T>
void named_texts(const Cursor& value, T& target) {
  using Map = std::remove_reference_t<decltype(target.*Field)>;
  for (const auto& [key, item] : value.entries()) {
    if (auto read = item.text()) {
      (target.*Field)[std::string(key)] = typename Map::mapped_type(std::move(*read));
    }
  }
}

/// A map with a table of its own.
template <auto Field, const auto& Table, class T>
void object(const Cursor& value, T& target) {
  read_members(value, Table, target.*Field);
}

/// A list of such maps.
template <auto Field, const auto& Table, class T>
void objects(const Cursor& value, T& target) {
  for (const Cursor& item : value.items())
    read_members(item, Table, (target.*Field).emplace_back());
}

/// One of the names of a table of pairs (name, value).
template <auto Field, const auto& Choices, class T>
void choice(const Cursor& value, T& target) {
  const auto read = value.text();
  if (!read) return;
  std::array<std::string_view, Choices.size()> names;
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = Choices[i].first;
    list += (i == 0 ? "" : ", ") + std::string(names[i]);
    if (*read == names[i]) {
      target.*Field = Choices[i].second;
      return;
    }
  }
  value.fault("must be one of " + list + ", not " + in_quotes(*read) + did_you_mean(*read, names));
}

/// A part of the contract that this build does not have: only its empty forms are taken.
template <class T>
void unsupported(const Cursor& value, T&) {
  if (value.is_empty()) return;
  value.fault("is not supported by this version of APIForge; leave it out");
}

}  // namespace apiforge::declarative
