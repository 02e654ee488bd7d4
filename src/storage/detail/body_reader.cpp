#include "storage/detail/body_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <limits>

#include "base/encoding.hpp"
#include "storage/detail/body_fields.hpp"

namespace apiforge::storage::detail {
namespace {

/// The limit of WallTime, which counts nanoseconds in 64 bits.
constexpr std::int64_t kMaxMilliseconds = std::numeric_limits<std::int64_t>::max() / 1'000'000;

std::optional<WallTime> time_in(const boost::json::value& value) {
  const std::int64_t* milliseconds = value.if_int64();
  if (!milliseconds || *milliseconds > kMaxMilliseconds || *milliseconds < -kMaxMilliseconds) {
    return std::nullopt;
  }
  return WallTime(std::chrono::milliseconds(*milliseconds));
}

std::optional<std::string> text_in(const boost::json::value& value) {
  const boost::json::string* text = value.if_string();
  if (!text) return std::nullopt;
  return std::string(text->data(), text->size());
}

}  // namespace

const boost::json::value* BodyReader::member(std::string_view name) {
  const boost::json::value* value = object_.if_contains(name);
  if (value) {
    ++visited_;
  } else {
    refuse(name);
  }
  return value;
}

void BodyReader::refuse(std::string_view name) {
  if (fault_.empty()) fault_ = name;
}

void BodyReader::operator()(std::string_view name, std::string& text) {
  const boost::json::value* value = member(name);
  if (!value) return;
  auto read = text_in(*value);
  if (!read) return refuse(name);
  text = *std::move(read);
}

void BodyReader::operator()(std::string_view name, Secret& secret) {
  const boost::json::value* value = member(name);
  if (!value) return;
  auto read = text_in(*value);
  if (!read) return refuse(name);
  secret = Secret(*std::move(read));
}

void BodyReader::operator()(std::string_view name, bool& flag) {
  const boost::json::value* value = member(name);
  if (!value) return;
  const bool* read = value->if_bool();
  if (!read) return refuse(name);
  flag = *read;
}

void BodyReader::operator()(std::string_view name, WallTime& time) {
  const boost::json::value* value = member(name);
  if (!value) return;
  const auto read = time_in(*value);
  if (!read) return refuse(name);
  time = *read;
}

void BodyReader::operator()(std::string_view name, std::optional<WallTime>& time) {
  const boost::json::value* value = member(name);
  if (!value) return;
  time = time_in(*value);
  if (!time && !value->is_null()) refuse(name);
}

void BodyReader::operator()(std::string_view name, std::vector<std::string>& texts) {
  texts.clear();
  const boost::json::value* value = member(name);
  if (!value) return;
  const boost::json::array* array = value->if_array();
  if (!array) return refuse(name);
  for (const boost::json::value& element : *array) {
    auto read = text_in(element);
    if (!read) return refuse(name);
    texts.push_back(*std::move(read));
  }
}

void BodyReader::operator()(std::string_view name, model::PermissionSet& permissions) {
  std::vector<std::string> names;
  (*this)(name, names);
  const auto read = model::parse_permissions(names);
  if (!read) return refuse(name);
  permissions = *read;
}

void BodyReader::operator()(std::string_view name, std::vector<model::Cidr>& networks) {
  std::vector<std::string> texts;
  (*this)(name, texts);
  networks.clear();
  for (const std::string& text : texts) {
    const auto network = model::parse_cidr(text);
    if (!network) return refuse(name);
    networks.push_back(*network);
  }
}

void BodyReader::operator()(std::string_view name, std::vector<model::ApiKeySecret>& secrets) {
  secrets.clear();
  const boost::json::value* value = member(name);
  if (!value) return;
  const boost::json::array* array = value->if_array();
  if (!array) return refuse(name);
  for (const boost::json::value& element : *array) {
    const boost::json::object* object = element.if_object();
    if (!object) return refuse(name);
    BodyReader read(*object);
    api_key_secret_fields(read, secrets.emplace_back());
    if (read.fault()) return refuse(name);
  }
}

void BodyReader::bytes(std::string_view name, std::string& bytes) {
  std::string text;
  (*this)(name, text);
  auto read = base64_decode(text);
  if (!read) return refuse(name);
  bytes = *std::move(read);
}

std::optional<std::string> BodyReader::fault() const {
  if (!fault_.empty()) return fault_;
  // Each visited name is distinct, so more members than visits means one that nobody knows.
  if (visited_ != object_.size()) return "an unknown member";
  return std::nullopt;
}

}  // namespace apiforge::storage::detail
