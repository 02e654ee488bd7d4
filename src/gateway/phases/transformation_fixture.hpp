// GivenTransformation: a call of an Api with transformations, without sockets. Tests only.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/call.hpp"
#include "policy/transform_fixture.hpp"

namespace apiforge::gateway::phases {

using Lines = std::vector<std::pair<std::string, std::string>>;

/// Sends everything as it is, but for a field of its own.
class StrippingConnector final : public connectors::Connector {
 public:
  std::span<const std::string_view> stripped_fields() const override { return stripped_; }
  Result<void> sign(connectors::SigningRequest&, WallTime) const override { return {}; }

 private:
  std::vector<std::string_view> stripped_{"x-provider-key"};
};

class TransformationTest : public testing::Test {
 protected:
  using Operations = policy::Operations;

  TransformationTest() {
    api_.name = "shop";
    call_.owned->method = "POST";
    call_.target = {.path = "/proxy/shop/v1/orders", .query = "page=2", .authority = {}};
    call_.prefix_length = 11;
    call_.client = "192.0.2.7";
    call_.max_body_bytes = 1 << 20;
  }

  void given_request_operations(const Operations& operations) { request_ = operations; }
  void given_reply_operations(const Operations& operations) { response_ = operations; }
  void given_method(std::string method) { call_.owned->method = std::move(method); }
  void given_fields(const Lines& lines) {
    for (const auto& [name, value] : lines) call_.owned->fields.push_back({name, value});
  }
  void given_query(std::string_view query) { call_.target.query = query; }
  void given_body(std::string body) { call_.body = std::move(body); }
  void given_json(std::string body) {
    given_fields({{"Content-Type", "application/json"}});
    given_body(std::move(body));
  }
  /// After what is given about the Api and the request.
  Call& call() {
    if (call_.api) return call_;
    call_.owned->seal(call_.body.size());
    auto compiled = std::make_shared<CompiledApi>(std::make_shared<const model::Api>(api_));
    compiled->connector = std::make_shared<StrippingConnector>();
    compiled->shape = compile(request_, policy::TransformOf::Request);
    compiled->reshape = compile(response_, policy::TransformOf::Response);
    call_.api = std::make_shared<ApiRuntime>(ApiRuntime{.api = std::move(compiled),
                                                        .endpoints = {},
                                                        .loads = {},
                                                        .balancer = policy::Balancer({}, {}, 0),
                                                        .outliers = policy::OutlierDetector({}, 0),
                                                        .retry_budget = {},
                                                        .hedge_budget = policy::HedgeBudget(0),
                                                        .cells = nullptr});
    return call_;
  }

  static Lines lines_of(const std::vector<OwnedField>& fields) {
    Lines lines;
    for (const OwnedField& field : fields) lines.emplace_back(field.name, field.value);
    return lines;
  }

  model::Api api_;

 private:
  static std::optional<policy::CompiledTransform> compile(const Operations& operations,
                                                          policy::TransformOf of) {
    if (operations.empty()) return std::nullopt;
    auto transform = policy::CompiledTransform::compile(operations, of);
    EXPECT_TRUE(transform) << transform.error().detail;
    return std::move(*transform);
  }

  Operations request_;
  Operations response_;
  Call call_;
};

}  // namespace apiforge::gateway::phases
