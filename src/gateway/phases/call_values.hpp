// CallValues: what templates of transformations may know of a Call. Part of `shape` and `reshape`.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "gateway/call.hpp"
#include "policy/call_template.hpp"
#include "policy/transform_fields.hpp"

namespace apiforge::gateway::phases {

class CallValues final : public policy::TransformValues {
 public:
  /// For a request: there is no reply yet.
  explicit CallValues(const Call& call) : call_(call) {}
  /// `fields` are those of the reply as they came.
  CallValues(const Call& call, int status, std::span<const policy::HeaderField> fields)
      : call_(call), status_(status), reply_fields_(fields) {}

  void append(policy::CallValue value, std::string_view argument, std::string& out) const override;

 private:
  void append_request_field(std::string_view name, std::string& out) const;
  void append_query_parameter(std::string_view name, std::string& out) const;

  const Call& call_;
  int status_ = 0;
  std::span<const policy::HeaderField> reply_fields_;
};

}  // namespace apiforge::gateway::phases
