#include "gateway/request_contract.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/encoding.hpp"
#include "base/json_pointer.hpp"
#include "base/query.hpp"
#include "base/text.hpp"

namespace apiforge::gateway {
namespace {

namespace json = boost::json;

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Calls `visit(segment)` for each segment of a path; the root has none.
template <class Visit>
void for_each_segment(std::string_view path, Visit visit) {
  while (path.starts_with('/') && path.size() > 1) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    visit(path.substr(0, end));
    if (end == std::string_view::npos) return;
    path.remove_prefix(end);
  }
}

std::string decoded(std::string_view raw, bool plus_is_space) {
  std::string text(raw);
  if (plus_is_space) std::ranges::replace(text, '+', ' ');
  return percent_decode(text).value_or(text);
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

const schema::JsonSchema* find_body(const ContractOperation& operation,
                                    std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  const auto found = std::ranges::find_if(operation.json_bodies, [&](const auto& each) {
    return equals_ignoring_case(each.first, type);
  });
  return found == operation.json_bodies.end() ? nullptr : &found->second;
}

std::string_view folder_of(ParameterPlace place) {
  switch (place) {
    case ParameterPlace::Path:
      return "/path";
    case ParameterPlace::Query:
      return "/query";
    case ParameterPlace::Header:
      break;
  }
  return "/headers";
}

void split(std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    std::string_view rest = value;
    while (true) {
      const auto comma = rest.find(',');
      parts.emplace_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  values = std::move(parts);
}

std::vector<std::string> values_of(const ContractParameter& parameter,
                                   const RequestContract::Found& found, std::string_view query,
                                   std::span<const net::Field> fields) {
  std::vector<std::string> values;
  switch (parameter.place) {
    case ParameterPlace::Path:
      for (const auto& [name, value] : found.path_values) {
        if (name == parameter.name) values.push_back(decoded(value, false));
      }
      break;
    case ParameterPlace::Query:
      for_each_pair(query, [&](const QueryPair& pair) {
        if (is_query_name(pair.name, parameter.name)) values.push_back(decoded(pair.value, true));
      });
      break;
    case ParameterPlace::Header:
      for (const net::Field& field : fields) {
        if (equals_ignoring_case(field.name, parameter.name)) values.emplace_back(field.value);
      }
      break;
  }
  if (parameter.by_commas) split(values);
  return values;
}

}  // namespace

RequestContract::Found RequestContract::find(std::string_view method, std::string_view path) const {
  std::vector<std::string_view> segments;
  for_each_segment(path, [&](std::string_view segment) { segments.push_back(segment); });
  Found found;
  for (const PathTemplate& each : paths_) {
    const bool matches = std::ranges::equal(
        each.segments, segments, [](std::string_view wanted, std::string_view given) {
          return is_parameter(wanted) ? !given.empty() : wanted == given;
        });
    if (!matches) continue;
    const auto named = [&](std::string_view name) {
      return std::ranges::find(each.operations, name, &ContractOperation::method);
    };
    auto operation = named(method);
    if (operation == each.operations.end() && method == "HEAD") operation = named("GET");
    if (operation == each.operations.end()) {
      for (const auto& other : each.operations) {
        found.allow.append(found.allow.empty() ? "" : ", ").append(other.method);
      }
      continue;
    }
    found.operation = &*operation;
    found.allow.clear();
    for (std::size_t i = 0; i < segments.size(); ++i) {
      std::string_view name = each.segments[i];
      if (!is_parameter(name)) continue;
      found.path_values.emplace_back(name.substr(1, name.size() - 2), segments[i]);
    }
    return found;
  }
  return found;
}

std::vector<BodyFault> RequestContract::check_parameters(const Found& found, std::string_view query,
                                                         std::span<const net::Field> fields) {
  std::vector<BodyFault> faults;
  for (const ContractParameter& parameter : found.operation->parameters) {
    const std::string pointer =
        json_pointer_to(std::string(folder_of(parameter.place)), parameter.name);
    const auto values = values_of(parameter, found, query, fields);
    if (values.empty()) {
      if (parameter.required) faults.push_back({pointer, "is missing"});
      continue;
    }
    for (BodyFault& fault : parameter.schema.check_parameters(values)) {
      faults.push_back({pointer + fault.pointer, std::move(fault.message)});
    }
  }
  return faults;
}

bool RequestContract::takes_type(const ContractOperation& operation,
                                 std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return operation.media_types.empty() ||
         std::ranges::any_of(operation.media_types, [&](std::string_view allowed) {
           if (allowed == "*/*" || equals_ignoring_case(allowed, type)) return true;
           if (!allowed.ends_with("/*")) return false;
           allowed.remove_suffix(1);
           return equals_ignoring_case(type.substr(0, allowed.size()), allowed);
         });
}

bool RequestContract::checks_body(const ContractOperation& operation,
                                  std::string_view content_type) {
  return find_body(operation, content_type) != nullptr;
}

std::vector<BodyFault> RequestContract::check_body(const ContractOperation& operation,
                                                   std::string_view content_type,
                                                   std::string_view body) {
  if (body.empty()) {
    if (!operation.body_required) return {};
    return {{"", "a body is required"}};
  }
  const schema::JsonSchema* schema = find_body(operation, content_type);
  if (!schema) return {};
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error) return {{"", "is not JSON"}};
  return schema->check(value);
}

}  // namespace apiforge::gateway
