#include "gateway/request_contract.hpp"

#include <gmock/gmock.h>

namespace apiforge::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kDocument = R"({"openapi":"3.0.3","paths":{
  "/orders/{id}":{"parameters":[{"name":"id","in":"path","required":true,
                                 "schema":{"type":"integer","minimum":1}}],
    "get":{"parameters":[{"name":"side","in":"query","required":true,
                          "schema":{"type":"string","enum":["buy","sell"]}},
                         {"name":"tag","in":"query","schema":{"type":"array",
                          "items":{"type":"integer"}}},
                         {"name":"ids","in":"query","explode":false,"schema":{"type":"array",
                          "items":{"type":"integer"}}},
                         {"$ref":"#/components/parameters/Trace"}]}},
  "/orders/open":{"get":{}},
  "/orders":{"post":{"requestBody":{"required":true,"content":{"application/json":{
     "schema":{"$ref":"#/components/schemas/Order"}}}}}}},
  "components":{"parameters":{"Trace":{"name":"X-Trace","in":"header","required":true,
                                       "schema":{"type":"string","maxLength":4}}},
   "schemas":{"Order":{"type":"object","required":["symbol","id"],"additionalProperties":false,
     "properties":{"symbol":{"type":"string","pattern":"^(?!x)[A-Z]+$","maxLength":6},
                   "id":{"type":"integer","readOnly":true},
                   "limit":{"type":"number","multipleOf":0.5,"nullable":true},
                   "child":{"$ref":"#/components/schemas/Order"}}}}}})";

class RequestContractTest : public testing::Test {
 protected:
  RequestContractTest() {
    auto compiled = RequestContract::compile(kDocument);
    EXPECT_TRUE(compiled) << compiled.error().detail;
    contract_ = *std::move(compiled);
  }
  std::vector<BodyFault> parameters(std::string_view path, std::string_view query,
                                    std::string_view trace = "t") {
    const std::vector<net::Field> fields{{"x-trace", trace}};
    const auto found = contract_->find("GET", path);
    EXPECT_TRUE(found.operation) << path;
    return RequestContract::check_parameters(found, query, fields);
  }
  std::vector<BodyFault> body(std::string_view text) {
    const auto found = contract_->find("POST", "/orders");
    EXPECT_TRUE(found.operation);
    return RequestContract::check_body(*found.operation, "application/json; charset=utf-8", text);
  }

  std::unique_ptr<const RequestContract> contract_;
};

TEST_F(RequestContractTest, finds_operations_by_path_and_method) {
  EXPECT_TRUE(contract_->find("GET", "/orders/7").operation);
  EXPECT_TRUE(contract_->find("HEAD", "/orders/7").operation);
  EXPECT_FALSE(contract_->find("GET", "/orders/7/fills").operation);
  EXPECT_EQ(contract_->find("GET", "/orders/7/fills").allow, "");
  EXPECT_EQ(contract_->find("PUT", "/orders/7").allow, "GET");
  EXPECT_THAT(contract_->find("GET", "/orders/open").operation->parameters, IsEmpty())
      << "a literal comes before a parameter";
}

TEST_F(RequestContractTest, checks_parameters_wherever_they_stand) {
  EXPECT_THAT(parameters("/orders/7", "side=buy&tag=1&tag=2&ids=3,4"), IsEmpty());
  EXPECT_THAT(parameters("/orders/0", "side=hold&tag=1&tag=x&ids=3,y", "too long"),
              ElementsAre(BodyFault{"/query/side", "must be one of buy, sell"},
                          BodyFault{"/query/tag/1", "must be an integer"},
                          BodyFault{"/query/ids/1", "must be an integer"},
                          BodyFault{"/headers/X-Trace", "must have at most 4 characters"},
                          BodyFault{"/path/id", "must be at least 1"}));
  EXPECT_THAT(parameters("/orders/7", ""), ElementsAre(BodyFault{"/query/side", "is missing"}));
  EXPECT_THAT(parameters("/orders/7", "side=buy&side=sell"),
              ElementsAre(BodyFault{"/query/side", "must be given once"}));
}

TEST_F(RequestContractTest, checks_json_bodies_and_passes_over_what_it_does_not_know) {
  EXPECT_THAT(body(R"({"symbol":"btc","limit":0.3})"), IsEmpty()) << "a lookahead is no RE2";
  EXPECT_THAT(body(R"({"symbol":"BTC","limit":null})"), IsEmpty());
  EXPECT_THAT(
      body(R"({"limit":"x","more":1})"),
      ElementsAre(BodyFault{"/limit", "must be a number or null"},
                  BodyFault{"/more", "is not known here"}, BodyFault{"/symbol", "is missing"}));
  EXPECT_THAT(body(R"({"symbol":"BTC","child":{"symbol":"TOO LONG","child":{"any":"thing"}}})"),
              IsEmpty())
      << "a schema within itself is not followed";
  EXPECT_THAT(body("{"), ElementsAre(BodyFault{"", "is not JSON"}));
  EXPECT_THAT(body(""), ElementsAre(BodyFault{"", "a body is required"}));
}

TEST_F(RequestContractTest, knows_the_types_of_bodies) {
  const auto& operation = *contract_->find("POST", "/orders").operation;
  EXPECT_TRUE(RequestContract::takes_type(operation, "application/json"));
  EXPECT_FALSE(RequestContract::takes_type(operation, "text/plain"));
  EXPECT_TRUE(RequestContract::checks_body(operation, "APPLICATION/JSON;charset=utf-8"));
}

TEST(RequestContract, refuses_what_is_no_document) {
  for (const std::string_view text : {"", "[]", "{}", "{\"swagger\":\"2.0\"}"}) {
    EXPECT_FALSE(RequestContract::compile(text)) << text;
  }
  EXPECT_TRUE(RequestContract::compile(R"({"openapi":"3.1.0","paths":{"/a":7,"b":{}}})"));
}

}  // namespace
}  // namespace apiforge::gateway
