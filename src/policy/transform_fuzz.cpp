// Whatever arrives in a call: a transformation never makes a field, a target or a body of it that
// can be read in two ways.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>

#include "policy/canonical_target.hpp"
#include "policy/json_scan.hpp"
#include "policy/transform.hpp"
#include "policy/transform_fixture.hpp"

namespace {

using namespace apiforge;
using namespace apiforge::policy;

constexpr std::size_t kMaxBytes = 1 << 16;

void require(bool condition) {
  if (!condition) std::abort();
}

CompiledTransform make_transform() {
  auto transform = CompiledTransform::compile(
      {set_header("X-Set", "<{{client}}>"), rename_header("X-Old", "X-New"),
       rewrite_path("/v1/(.*)", "/v2/{{client}}/\\1"), set_query("q", "{{client}}"),
       rename_query("old", "new"), remove_query("gone"),
       set_json("/set/by", R"({"who":"{{client}}"})"), remove_json("/a/b"), move_json("/c", "/d/e"),
       move_json("/data", ""),
       map_json("/items",
                {remove_json("/x"), set_json("/n/-", "0"), map_json("", {remove_json("/y")})})},
      TransformOf::Request);
  if (!transform) std::abort();
  return std::move(*transform);
}

void check_fields(const CompiledTransform& transform, const KnownCall& call) {
  std::vector<HeaderField> fields{{"X-Old", "1"}, {"X-New", "2"}};
  std::string storage;
  if (!transform.edit_fields(fields, call, storage)) return;
  for (const HeaderField& field : fields) {
    require(std::ranges::none_of(field.value, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    }));
  }
}

void check_target(const CompiledTransform& transform, const KnownCall& call,
                  std::string_view target) {
  std::string storage;
  const auto received = canonicalize_target(target, "GET", storage);
  if (!received) return;
  std::string path(received->path);
  std::string query(received->query);
  if (!transform.edit_target(path, query, call)) return;
  std::string again;
  const std::string whole = path + "?" + query;
  const auto sent = canonicalize_target(whole, "GET", again);
  require(sent && sent->path == path && sent->query == query);
}

void check_body(const CompiledTransform& transform, const KnownCall& call, std::string_view body) {
  const auto once = transform.edit_body(body, call, kMaxBytes);
  require(once.has_value() <= !find_json_fault(body).has_value());
  if (!once || !*once) return;
  require((*once)->size() <= kMaxBytes);
  require(!find_json_fault(**once));
}

/// Names of members are compared without decoding them.
void check_names(std::string_view body) {
  boost::json::error_code error;
  const auto value = boost::json::parse({body.data(), body.size()}, error);
  if (error || !value.is_string()) return;
  const std::string_view text(value.get_string().data(), value.get_string().size());
  require(is_json_string(trim_json(body), text));
  require(!is_json_string(trim_json(body), std::string(text) + "x"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const CompiledTransform transform = make_transform();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view value = input.substr(0, input.find('\n'));
  const std::string_view rest = input.substr(std::min(size, value.size() + 1));
  const std::string_view target = rest.substr(0, rest.find('\n'));
  const std::string_view body = rest.substr(std::min(rest.size(), target.size() + 1));
  KnownCall call;
  call.values[{CallValue::Client, ""}] = value;
  check_fields(transform, call);
  check_target(transform, call, target);
  check_body(transform, call, body);
  check_names(body);
  return 0;
}
