// AuditDetails: builds the details of an audit event: facts, and the members that changed with what
// they were before and after. Values under names of secrets are masked here, so that no use case
// can forget it. A value; one thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apiforge::auth {

class AuditDetails {
 public:
  static constexpr std::size_t kMaximumMembers = 64;       ///< of one kind; more are left out
  static constexpr std::size_t kMaximumValueBytes = 1024;  ///< of JSON text; more become `"..."`

  /// A fact beside the change: `reason`, `count`. `before` and `after` are not names of facts.
  AuditDetails& fact(std::string_view name, std::string_view value);
  AuditDetails& fact(std::string_view name, const char* value) {
    return fact(name, std::string_view(value));
  }
  AuditDetails& fact(std::string_view name, std::int64_t value);
  AuditDetails& fact(std::string_view name, bool value);

  /// One member's value before and after; nothing when they are equal. Of a masked name it is told
  /// that it changed, not from what to what.
  AuditDetails& change(std::string_view name, std::string_view before, std::string_view after);
  AuditDetails& change(std::string_view name, const char* before, const char* after) {
    return change(name, std::string_view(before), std::string_view(after));
  }
  AuditDetails& change(std::string_view name, bool before, bool after);

  /// The members in which two JSON objects differ. An empty text stands for an object that is not
  /// there: created or removed. A text that is no JSON object is ignored.
  AuditDetails& changes(std::string_view before_json, std::string_view after_json);

  /// `{"before":{...},"after":{...},"reason":...}`; `{}` when there is nothing to tell.
  std::string text() const;

 private:
  /// Names with JSON texts.
  using Members = std::vector<std::pair<std::string, std::string>>;
  static void add(Members& members, std::string_view name, std::string json);

  Members before_;
  Members after_;
  Members facts_;
};

/// Whether a member of this name holds a secret: one of its words (`api_key`, `clientSecret`,
/// `refresh-token`) is password, secret, token, key, private, digest, hash, authorization, ... and
/// it is not a mere reference to one (`key_id`, `token_type`).
bool names_a_secret(std::string_view name);

}  // namespace apiforge::auth
