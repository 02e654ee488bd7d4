#include "storage/detail/body_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "storage/detail/body_fields.hpp"

namespace apiforge::storage::detail {
namespace {

std::int64_t milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

void BodyWriter::operator()(std::string_view name, const std::string& text) {
  object_.emplace(name, text);
}

void BodyWriter::operator()(std::string_view name, const Secret& secret) {
  object_.emplace(name, secret.reveal());
}

void BodyWriter::operator()(std::string_view name, bool flag) {
  object_.emplace(name, flag);
}

void BodyWriter::operator()(std::string_view name, WallTime time) {
  object_.emplace(name, milliseconds(time));
}

void BodyWriter::operator()(std::string_view name, const std::optional<WallTime>& time) {
  if (time) {
    (*this)(name, *time);
  } else {
    object_.emplace(name, nullptr);
  }
}

void BodyWriter::operator()(std::string_view name, const std::vector<std::string>& texts) {
  object_.emplace(name, boost::json::array(texts.begin(), texts.end()));
}

void BodyWriter::operator()(std::string_view name, model::PermissionSet permissions) {
  (*this)(name, model::names_of(permissions));
}

void BodyWriter::operator()(std::string_view name, const std::vector<model::Cidr>& networks) {
  boost::json::array array;
  for (const model::Cidr& network : networks) array.emplace_back(model::to_string(network));
  object_.emplace(name, std::move(array));
}

void BodyWriter::operator()(std::string_view name,
                            const std::vector<model::ApiKeySecret>& secrets) {
  boost::json::array array;
  for (const model::ApiKeySecret& secret : secrets) {
    BodyWriter element;
    api_key_secret_fields(element, secret);
    array.emplace_back(std::move(element.object_));
  }
  object_.emplace(name, std::move(array));
}

void BodyWriter::bytes(std::string_view name, const std::string& bytes) {
  object_.emplace(name, base64(bytes_of(bytes)));
}

std::string BodyWriter::text() const {
  return boost::json::serialize(object_);
}

}  // namespace apiforge::storage::detail
