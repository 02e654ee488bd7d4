#include "catalogue/openapi_import.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

namespace apiforge::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kShop = R"(
openapi: 3.0.3
info: {title: "Pet Shop: The API", version: 1.2.0, description: Long}
servers:
  - url: https://{region}.pets.example.com/v2/
    variables: {region: {default: eu, enum: [eu, us]}}
  - url: https://us.pets.example.com/v2
paths:
  /pets/{id}:
    summary: A pet
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer, example: 7}}
    get:
      operationId: getPet
      description: Shows it
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    put:
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Pet"}
      responses: {default: {description: ok}}
components:
  schemas:
    Pet:
      type: object
      description: A pet
      required: [title]
      properties:
        title: {type: string, description: Its name, nullable: true}
        description: {type: string, enum: [example, title]}
  responses:
    Gone: {description: It is gone}
)";

std::string faults_of(std::string_view document, const ImportOptions& options = {}) {
  const auto api = api_from_openapi(document, options);
  std::string text;
  if (api) return text;
  for (const auto& fault : api.error()) text += fault.pointer + ": " + fault.message + "\n";
  return text;
}

std::string minimal(std::string_view rest) {
  return R"({"openapi":"3.1.0","info":{"title":"t","version":"1"},)"
         R"("servers":[{"url":"https://a.example.com"}])" +
         std::string(rest) + "}";
}

TEST(OpenApiImport, MakesAnApiOfADocument) {
  const auto api = api_from_openapi(kShop, {});
  ASSERT_TRUE(api) << faults_of(kShop);
  EXPECT_EQ(api->name, "pet-shop-the-api");
  EXPECT_EQ(api->version, "1.2.0");
  EXPECT_EQ(api->description, "Pet Shop: The API");
  ASSERT_EQ(api->upstream.endpoints.size(), 2u);
  EXPECT_EQ(api->upstream.endpoints[0].url, "https://eu.pets.example.com/v2");
  EXPECT_TRUE(api->routes.empty()) << "the implied /proxy/{name}";
  EXPECT_FALSE(api->validation.enforce);
}

TEST(OpenApiImport, KeepsWhatRequestsNeedAndNothingElse) {
  const auto api = api_from_openapi(kShop, {.enforce = true});
  ASSERT_TRUE(api);
  EXPECT_TRUE(api->validation.enforce);
  EXPECT_EQ(boost::json::parse(api->validation.document), boost::json::parse(R"({
    "openapi":"3.1.0",
    "paths":{"/pets/{id}":{
      "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
      "get":{},
      "put":{"requestBody":{"required":true,"content":{"application/json":{
        "schema":{"$ref":"#/components/schemas/Pet"}}}}}}},
    "components":{"schemas":{"Pet":{
      "type":"object","required":["title"],
      "properties":{"title":{"type":"string","nullable":true},
                    "description":{"type":"string","enum":["example","title"]}}}}}})"));
}

TEST(OpenApiImport, TakesNameAndVersionThatAreGiven) {
  const auto api = api_from_openapi(kShop, {.name = "pets", .version = "v2"});
  ASSERT_TRUE(api);
  EXPECT_EQ(api->name, "pets");
  EXPECT_EQ(api->version, "v2");
}

TEST(OpenApiImport, NamesWhatIsMissing) {
  const std::string faults = faults_of("{}");
  EXPECT_THAT(faults, HasSubstr("/openapi: is required"));
  EXPECT_THAT(faults, HasSubstr("/info/title: is required"));
  EXPECT_THAT(faults, HasSubstr("/info/version: is required"));
  EXPECT_THAT(faults, HasSubstr("/servers: is required"));
  EXPECT_THAT(faults, HasSubstr("/paths: is required"));
  EXPECT_THAT(faults_of(R"({"swagger":"2.0"})"), HasSubstr("Swagger 2.0"));
  EXPECT_THAT(faults_of("{}", {.name = "a", .version = "b"}), Not(HasSubstr("/info")));
}

TEST(OpenApiImport, WantsAbsoluteServers) {
  EXPECT_THAT(faults_of(R"({"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},
                            "servers":[{"url":"/v1"}]})"),
              HasSubstr("/servers/0/url: must be an absolute URL"));
  EXPECT_THAT(faults_of(R"({"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},
                            "servers":[{"url":"https://{host}/v1"}]})"),
              HasSubstr("/servers/0/variables/host/default: is required"));
}

TEST(OpenApiImport, RefusesReferencesThatLeadOutOrNowhere) {
  EXPECT_THAT(faults_of(minimal(R"(,"paths":{"/a":{"$ref":"https://x.example.com/a.yaml"}})")),
              HasSubstr("/paths/~1a/$ref: leads to another document"));
  EXPECT_THAT(
      faults_of(minimal(R"(,"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":
                {"schema":{"properties":{"x":{"$ref":"#/components/schemas/X"}}}}}}}}})")),
      HasSubstr("/schema/properties/x/$ref: leads nowhere"));
}

TEST(OpenApiImport, TakesAPropertyForAPropertyWhateverItsName) {
  const auto api = api_from_openapi(
      minimal(R"(,"paths":{},"components":{"schemas":{"X":{"type":"object","properties":
                {"x-title":{"type":"string"},"example":{"type":"string"},"$ref":{"type":"string"}}}}})"),
      {});
  ASSERT_TRUE(api);
  EXPECT_THAT(api->validation.document, HasSubstr("x-title"));
  EXPECT_THAT(api->validation.document, HasSubstr("example"));
}

TEST(OpenApiImport, TellsWhereATextCannotBeRead) {
  EXPECT_THAT(faults_of("openapi: [\n"), HasSubstr(": is neither JSON nor YAML: line "));
  EXPECT_THAT(faults_of("just text"), HasSubstr("must be an OpenAPI document"));
  EXPECT_THAT(faults_of(std::string(kMaxImportBytes + 1, ' ')), HasSubstr("at most 4 MiB"));
  EXPECT_THAT(faults_of(""), HasSubstr("must be an OpenAPI document"));
}

TEST(OpenApiImport, TellsAtMostAHundredFaults) {
  std::string paths;
  for (int i = 0; i < 300; ++i) {
    paths += (i == 0 ? "" : ",") + std::string("\"/p") + std::to_string(i) + "\":1";
  }
  const auto api = api_from_openapi(minimal(",\"paths\":{" + paths + "}"), {});
  ASSERT_FALSE(api);
  EXPECT_EQ(api.error().size(), kMaxImportFaults);
}

}  // namespace
}  // namespace apiforge::catalogue
