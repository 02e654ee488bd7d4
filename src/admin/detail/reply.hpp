// How replies of the control API are made. Pure; any thread.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/control_request.hpp"
#include "admin/cursor.hpp"
#include "auth/accounts/ports.hpp"
#include "base/problem.hpp"

namespace apiforge::admin {

/// 200 with a value.
ControlReply reply_with(const boost::json::object& value);
/// 200 with a resource and its ETag.
ControlReply reply_with(const boost::json::object& resource, std::uint64_t revision);
/// 201 with a resource, its ETag and its place.
ControlReply created(const boost::json::object& resource, std::uint64_t revision,
                     std::string_view location);
/// 204
ControlReply no_content();
/// `{items, next_cursor}`; an empty `next_cursor` becomes null.
ControlReply list_reply(boost::json::array items, std::string_view next_cursor);

/// A page of values, each shown by `show`.
template <class T, class Show>
ControlReply page_reply(const auth::accounts::Page<T>& page, Show show) {
  boost::json::array items;
  for (const T& item : page.items) items.push_back(show(item));
  return list_reply(std::move(items), page.next.empty() ? "" : make_cursor(page.next));
}

/// A value as its text, or null.
boost::json::value time_or_null(const std::optional<WallTime>& time);
boost::json::array text_array(std::span<const std::string> texts);

/// The problem reply, with WWW-Authenticate and Retry-After where they belong.
ControlReply problem_reply(const ControlRequest& request, Error error,
                           std::span<const BodyFault> faults = {});

}  // namespace apiforge::admin
