#include "catalogue/api_record.hpp"

#include <boost/json.hpp>

#include "catalogue/api_index.hpp"
#include "declarative/api_json.hpp"

namespace apiforge::catalogue {
namespace {

namespace json = boost::json;

std::unexpected<Error> unreadable(const storage::Record& record, std::string why) {
  return fail(ErrorCode::SealedDataUnreadable, "The record of the API " + record.id + " is damaged",
              std::move(why));
}

}  // namespace

storage::Record to_record(const model::Api& api) {
  storage::Record record;
  record.kind = storage::Kind::Api;
  record.id = api_id(api.name, api.version);
  record.tenant = api.tenant.value;
  record.owner = api.name;
  // What was not set is not stored: an audit entry tells what somebody chose, not all defaults.
  record.body = json::serialize(declarative::to_json(api, declarative::Omit::Defaults));
  return record;
}

Result<storage::Stored<model::Api>> api_from_record(const storage::Record& record) {
  boost::system::error_code error;
  const json::value body = json::parse(record.body, error);
  if (error || !body.is_object()) return unreadable(record, "its body is no JSON object");
  auto api = declarative::api_from_json(body.get_object());
  if (!api) {
    const BodyFault& first = api.error().front();
    return unreadable(record, first.pointer + ": " + first.message);
  }
  if (api_id(api->name, api->version) != record.id) {
    return unreadable(record, "it describes another API");
  }
  api->tenant.value = record.tenant;
  return storage::Stored<model::Api>{*std::move(api), record.revision, record.created_at,
                                     record.updated_at};
}

}  // namespace apiforge::catalogue
