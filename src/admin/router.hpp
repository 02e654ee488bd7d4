// Router: finds the operation that a request asks for. Immutable; any thread.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "admin/operation.hpp"

namespace apiforge::admin {

class Router {
 public:
  /// `operations` must outlive the router.
  explicit Router(std::span<const Operation> operations) : operations_(operations) {}

  struct Found {
    const Operation* operation = nullptr;
    std::string id;     ///< the segment under `{...}`, decoded, as of is_id
    std::string allow;  ///< without an operation: the methods there are, or empty for no such path
  };
  /// HEAD is answered by the operation of GET.
  Found find(net::Method method, std::string_view path) const;

 private:
  std::span<const Operation> operations_;
};

/// Whether a text can be an id of a resource, or its name: `[A-Za-z0-9_.-]{1,64}` and no dot first.
bool is_id(std::string_view text);

}  // namespace apiforge::admin
