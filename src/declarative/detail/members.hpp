// Tables that say which members a map may have and where in the model they go: for reading a
// document and for writing one. A row is a name and one of the codecs below; the tables of this
// format are in format*.cpp, which alone include this. Pure; any thread.
#pragma once
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"
#include "base/rfc3339.hpp"
#include "base/secret.hpp"
#include "declarative/api_json.hpp"
#include "declarative/cursor.hpp"
#include "declarative/json_node.hpp"
#include "model/quota.hpp"

namespace apiforge::declarative {

enum class Presence : std::uint8_t { Optional, Required };

/// How a member is read into its owner, and how it is written.
template <class T>
struct Codec {
  void (*read)(const Cursor& value, T& target);
  boost::json::value (*write)(const T& source, Omit omit);
};

template <class T>
struct Member {
  std::string_view name;
  Codec<T> codec;
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
    row->codec.read(value, target);
  }
  if (map.node().kind != NodeKind::Map) return;
  for (std::size_t i = 0; i < N; ++i) {
    if (table[i].presence == Presence::Optional || given[i]) continue;
    map.fault_at(map.node().position, table[i].name, "is required");
  }
}

/// Writes a map, in the order of the table.
template <class T, std::size_t N>
boost::json::object write_members(const T& source, const Members<T, N>& table, Omit omit) {
  boost::json::object map;
  const T defaults{};
  for (const Member<T>& member : table) {
    boost::json::value value = member.codec.write(source, omit);
    const bool may_go = omit == Omit::Defaults && member.presence == Presence::Optional;
    if (may_go && value == member.codec.write(defaults, omit)) continue;
    map.emplace(member.name, std::move(value));
  }
  return map;
}

// The codecs. `Field` is a pointer to the member that the value belongs to.

template <class>
struct OwnerOfField;
template <class Owner, class Type>
struct OwnerOfField<Type Owner::*> {
  using type = Owner;
  using value = Type;
};
template <auto Field>
using Owner = typename OwnerOfField<decltype(Field)>::type;
template <auto Field>
using ValueOf = typename OwnerOfField<decltype(Field)>::value;

template <class Text>
boost::json::value text_or_null(const std::optional<Text>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}
inline boost::json::value text_or_null(const std::string& value) {
  return boost::json::value(value);
}

/// A text; null when an optional one is absent.
template <auto Field>
inline constexpr Codec<Owner<Field>> text{
    [](const Cursor& value, Owner<Field>& target) {
      if (auto read = value.text()) target.*Field = std::move(*read);
    },
    [](const Owner<Field>& source, Omit) { return text_or_null(source.*Field); }};

template <auto Field>
inline constexpr Codec<Owner<Field>> flag{
    [](const Cursor& value, Owner<Field>& target) {
      if (const auto read = value.boolean()) target.*Field = *read;
    },
    [](const Owner<Field>& source, Omit) { return boost::json::value(source.*Field); }};

template <auto Field>
inline constexpr Codec<Owner<Field>> number{
    [](const Cursor& value, Owner<Field>& target) {
      using Number = ValueOf<Field>;
      // 2^53 - 1: what every JSON reader can hold.
      constexpr std::uint64_t kMost =
          std::min<std::uint64_t>(std::numeric_limits<Number>::max(), (1ull << 53) - 1);
      if (const auto read = value.whole_number(kMost)) target.*Field = static_cast<Number>(*read);
    },
    [](const Owner<Field>& source, Omit) {
      return boost::json::value(static_cast<std::uint64_t>(source.*Field));
    }};

/// A number that need not be whole.
template <auto Field>
inline constexpr Codec<Owner<Field>> real{
    [](const Cursor& value, Owner<Field>& target) {
      if (const auto read = value.real_number()) target.*Field = *read;
    },
    [](const Owner<Field>& source, Omit) { return boost::json::value(source.*Field); }};

inline std::int64_t& billionths(std::int64_t& amount) {
  return amount;
}
inline std::int64_t& billionths(model::NanoUsd& amount) {
  return amount.value;
}

/// Money as a decimal text. `Field` is a NanoUsd, or a number of billionths.
template <auto Field, std::int64_t MostDollars = 9'000'000'000>
inline constexpr Codec<Owner<Field>> usd{
    [](const Cursor& value, Owner<Field>& target) {
      if (const auto read = value.usd(MostDollars)) billionths(target.*Field) = read->value;
    },
    [](const Owner<Field>& source, Omit) {
      ValueOf<Field> amount = source.*Field;
      return boost::json::value(model::usd_text({billionths(amount)}));
    }};

/// Milliseconds; null when optional ones are absent.
template <auto Field>
inline constexpr Codec<Owner<Field>> duration_ms{
    [](const Cursor& value, Owner<Field>& target) {
      constexpr std::uint64_t kYear = 366ull * 24 * 3'600 * 1'000;
      if (const auto read = value.whole_number(kYear)) {
        target.*Field = std::chrono::milliseconds(*read);
      }
    },
    [](const Owner<Field>& source, Omit) {
      const std::optional<std::chrono::milliseconds> duration = source.*Field;
      return duration ? boost::json::value(static_cast<std::uint64_t>(duration->count()))
                      : boost::json::value(nullptr);
    }};

/// A time as of RFC 3339, or null.
template <auto Field>
inline constexpr Codec<Owner<Field>> time{
    [](const Cursor& value, Owner<Field>& target) {
      const auto read = value.text();
      if (!read) return;
      target.*Field = parse_rfc3339(*read);
      if (!(target.*Field)) value.fault("must be a time such as 2027-01-31T00:00:00Z");
    },
    [](const Owner<Field>& source, Omit) {
      return source.*Field ? boost::json::value(format_rfc3339(*(source.*Field)))
                           : boost::json::value(nullptr);
    }};

/// Any value, kept as a JSON text; null when an optional one is absent or a plain one is empty.
template <auto Field>
inline constexpr Codec<Owner<Field>> json{
    [](const Cursor& value, Owner<Field>& target) { target.*Field = json_text_of(value.node()); },
    [](const Owner<Field>& source, Omit) {
      if constexpr (std::is_same_v<ValueOf<Field>, std::string>) {
        return (source.*Field).empty() ? boost::json::value(nullptr)
                                       : boost::json::parse(source.*Field);
      } else {
        return source.*Field ? boost::json::parse(*(source.*Field)) : boost::json::value(nullptr);
      }
    }};

/// A list of texts; it replaces the default.
template <auto Field>
inline constexpr Codec<Owner<Field>> texts{[](const Cursor& value, Owner<Field>& target) {
                                             auto& list = target.*Field;
                                             list.clear();
                                             for (const Cursor& item : value.items()) {
                                               if (auto read = item.text())
                                                 list.push_back(std::move(*read));
                                             }
                                           },
                                           [](const Owner<Field>& source, Omit) {
                                             boost::json::array list;
                                             for (const std::string& item : source.*Field)
                                               list.emplace_back(item);
                                             return boost::json::value(std::move(list));
                                           }};

/// An identifier of the model, and a list of them.
template <auto Field>
inline constexpr Codec<Owner<Field>> identifier{
    [](const Cursor& value, Owner<Field>& target) {
      if (auto read = value.text()) (target.*Field).value = std::move(*read);
    },
    [](const Owner<Field>& source, Omit) { return boost::json::value((source.*Field).value); }};

template <auto Field>
inline constexpr Codec<Owner<Field>> identifiers{[](const Cursor& value, Owner<Field>& target) {
                                                   auto& list = target.*Field;
                                                   list.clear();
                                                   for (const Cursor& item : value.items()) {
                                                     if (auto read = item.text())
                                                       list.emplace_back().value = std::move(*read);
                                                   }
                                                 },
                                                 [](const Owner<Field>& source, Omit) {
                                                   boost::json::array list;
                                                   for (const auto& item : source.*Field)
                                                     list.emplace_back(item.value);
                                                   return boost::json::value(std::move(list));
                                                 }};

inline boost::json::value text_or_reference(const std::string& value) {
  return boost::json::value(value);
}
/// Only what refers to a secret may be written, never a secret.
inline boost::json::value text_or_reference(const Secret& value) {
  const std::string_view text = value.reveal();
  return boost::json::value(text.starts_with("${") ? text : std::string_view("***"));
}

/// A secret, or null. Only references are written; any other becomes `***`.
template <auto Field>
inline constexpr Codec<Owner<Field>> secret{[](const Cursor& value, Owner<Field>& target) {
                                              if (auto read = value.text())
                                                target.*Field = Secret(std::move(*read));
                                            },
                                            [](const Owner<Field>& source, Omit) {
                                              return (source.*Field).empty()
                                                         ? boost::json::value(nullptr)
                                                         : text_or_reference(source.*Field);
                                            }};

/// A map of texts; `Field` may hold any type that is made from a string.
template <auto Field>
inline constexpr Codec<Owner<Field>> named_texts{
    [](const Cursor& value, Owner<Field>& target) {
      using Map = ValueOf<Field>;
      (target.*Field).clear();
      for (const auto& [key, item] : value.entries()) {
        if (auto read = item.text()) {
          (target.*Field)[std::string(key)] = typename Map::mapped_type(std::move(*read));
        }
      }
    },
    [](const Owner<Field>& source, Omit) {
      boost::json::object map;
      for (const auto& [key, value] : source.*Field) map.emplace(key, text_or_reference(value));
      return boost::json::value(std::move(map));
    }};

/// A map with a table of its own.
template <auto Field, const auto& Table>
inline constexpr Codec<Owner<Field>> object{
    [](const Cursor& value, Owner<Field>& target) { read_members(value, Table, target.*Field); },
    [](const Owner<Field>& source, Omit omit) {
      return boost::json::value(write_members(source.*Field, Table, omit));
    }};

/// The same for a part that may be absent: null.
template <auto Field, const auto& Table>
inline constexpr Codec<Owner<Field>> optional_object{
    [](const Cursor& value, Owner<Field>& target) {
      read_members(value, Table, (target.*Field).emplace());
    },
    [](const Owner<Field>& source, Omit omit) {
      return source.*Field ? boost::json::value(write_members(*(source.*Field), Table, omit))
                           : boost::json::value(nullptr);
    }};

/// The same for a part that is absent when it is `empty()`: null.
template <auto Field, const auto& Table>
inline constexpr Codec<Owner<Field>> object_unless_empty{
    [](const Cursor& value, Owner<Field>& target) { read_members(value, Table, target.*Field); },
    [](const Owner<Field>& source, Omit omit) {
      return (source.*Field).empty()
                 ? boost::json::value(nullptr)
                 : boost::json::value(write_members(source.*Field, Table, omit));
    }};

/// A list of such maps.
template <auto Field, const auto& Table>
inline constexpr Codec<Owner<Field>> objects{[](const Cursor& value, Owner<Field>& target) {
                                               for (const Cursor& item : value.items()) {
                                                 read_members(item, Table,
                                                              (target.*Field).emplace_back());
                                               }
                                             },
                                             [](const Owner<Field>& source, Omit omit) {
                                               boost::json::array list;
                                               for (const auto& item : source.*Field)
                                                 list.push_back(write_members(item, Table, omit));
                                               return boost::json::value(std::move(list));
                                             }};

/// The value of a name in a table of pairs (name, value), or a fault that says which there are.
template <const auto& Choices>
auto choose(const Cursor& value) {
  using Value = std::remove_cvref_t<decltype(Choices[0].second)>;
  const auto read = value.text();
  if (!read) return std::optional<Value>();
  std::array<std::string_view, std::size(Choices)> names;
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = Choices[i].first;
    list += (i == 0 ? "" : ", ") + std::string(names[i]);
    if (*read == names[i]) return std::optional<Value>(Choices[i].second);
  }
  value.fault("must be one of " + list + ", not " + in_quotes(*read) + did_you_mean(*read, names));
  return std::optional<Value>();
}

template <const auto& Choices, class Value>
boost::json::value chosen(const Value& value) {
  const auto row =
      std::ranges::find_if(Choices, [&](const auto& pair) { return pair.second == value; });
  return boost::json::value(row->first);
}

/// One of the names of a table of pairs (name, value).
template <auto Field, const auto& Choices>
inline constexpr Codec<Owner<Field>> choice{
    [](const Cursor& value, Owner<Field>& target) {
      if (const auto read = choose<Choices>(value)) target.*Field = *read;
    },
    [](const Owner<Field>& source, Omit) { return chosen<Choices>(source.*Field); }};

/// The same, or null.
template <auto Field, const auto& Choices>
inline constexpr Codec<Owner<Field>> optional_choice{
    [](const Cursor& value, Owner<Field>& target) { target.*Field = choose<Choices>(value); },
    [](const Owner<Field>& source, Omit) {
      return source.*Field ? chosen<Choices>(*(source.*Field)) : boost::json::value(nullptr);
    }};

/// What a JSON object reads as, or all that does not fit.
template <class T>
std::expected<T, std::vector<BodyFault>> read_json(const boost::json::object& json,
                                                   void (*read)(const Cursor&, T&)) {
  const Node document = node_of(json);
  Reading reading{nullptr};
  T value;
  read(Cursor(document, "", reading), value);
  if (reading.faults.empty()) return value;
  std::vector<BodyFault> faults;
  for (ReadFault& fault : reading.faults) {
    faults.push_back({std::move(fault.pointer), std::move(fault.message)});
  }
  return std::unexpected(std::move(faults));
}

/// The same by a table.
template <class T, const auto& Table>
std::expected<T, std::vector<BodyFault>> read_json(const boost::json::object& json) {
  return read_json<T>(json, [](const Cursor& map, T& target) { read_members(map, Table, target); });
}

}  // namespace apiforge::declarative
