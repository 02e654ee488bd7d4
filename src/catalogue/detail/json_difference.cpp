#include "catalogue/detail/json_difference.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "auth/audit/audit_details.hpp"

namespace apiforge::catalogue::detail {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxValueBytes = 200;

/// `value` may hold a secret where the `name` beside it says so.
bool has_secret_value(const json::value* object) {
  const json::object* const members = object == nullptr ? nullptr : object->if_object();
  const json::value* const name = members == nullptr ? nullptr : members->if_contains("name");
  return name != nullptr && name->is_string() &&
         auth::names_a_secret(std::string_view(name->get_string()));
}

/// As people write it: `0.5`, not `5E-1`.
std::string shortest(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

class Difference {
 public:
  /// Either may be null: it is not there.
  void compare(const std::string& path, const json::value* before, const json::value* after,
               bool is_secret) {
    if (before != nullptr && after != nullptr) {
      if (*before == *after) return;
      if (before->is_object() && after->is_object()) {
        return compare_members(path, before, after, is_secret);
      }
      if (before->is_array() && after->is_array()) {
        return compare_elements(path, before->get_array(), after->get_array(), is_secret);
      }
    }
    if (changes_.size() == kMaxMemberChanges) return;
    changes_.push_back({path, shown(before, is_secret), shown(after, is_secret)});
  }

  std::vector<MemberChange> take() && { return std::move(changes_); }

 private:
  void compare_members(const std::string& path, const json::value* before, const json::value* after,
                       bool is_secret) {
    const bool secret_value = has_secret_value(before) || has_secret_value(after);
    const auto compare_one = [&](std::string_view name) {
      const bool hide =
          is_secret || (secret_value && name == "value") || auth::names_a_secret(name);
      compare((path.empty() ? "" : path + ".") + std::string(name),
              before->get_object().if_contains(name), after->get_object().if_contains(name), hide);
    };
    for (const auto& member : before->get_object()) compare_one(member.key());
    for (const auto& member : after->get_object()) {
      if (!before->get_object().contains(member.key())) compare_one(member.key());
    }
  }

  void compare_elements(const std::string& path, const json::array& before,
                        const json::array& after, bool is_secret) {
    const auto at = [](const json::array& array, std::size_t i) {
      return i < array.size() ? &array[i] : nullptr;
    };
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      compare(path + "[" + std::to_string(i) + "]", at(before, i), at(after, i), is_secret);
    }
  }

  static std::string shown(const json::value* value, bool is_secret) {
    if (value == nullptr) return {};
    if (is_secret || has_secret_value(value)) return R"("***")";
    if (value->is_double()) return shortest(value->get_double());
    std::string text = json::serialize(*value);
    if (text.size() > kMaxValueBytes) return "(" + std::to_string(text.size()) + " bytes)";
    return text;
  }

  std::vector<MemberChange> changes_;
};

}  // namespace

std::vector<MemberChange> difference_of(const json::object& before, const json::object& after) {
  Difference difference;
  const json::value before_value(before);
  const json::value after_value(after);
  difference.compare("", &before_value, &after_value, false);
  return std::move(difference).take();
}

}  // namespace apiforge::catalogue::detail
