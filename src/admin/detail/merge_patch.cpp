#include "admin/detail/merge_patch.hpp"

#include <boost/json/value.hpp>

namespace apiforge::admin {

void merge_patch(boost::json::object& target, const boost::json::object& patch) {
  for (const auto& [name, change] : patch) {
    if (change.is_null()) {
      target.erase(name);
    } else if (const boost::json::object* changes = change.if_object()) {
      boost::json::value& member = target[name];
      if (!member.is_object()) member.emplace_object();
      merge_patch(member.get_object(), *changes);
    } else {
      target[name] = change;
    }
  }
}

}  // namespace apiforge::admin
