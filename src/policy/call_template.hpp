// CallTemplate: a configured text with places for values of a call, `v={{caller.tenant}}`. Parsed
// once, when the configuration is compiled; immutable afterwards, any thread.
//
// The names: request.method, request.path, request.id, request.header.<name>, request.query.<name>,
// client, caller.tenant, caller.label, api.name, api.version, and where replies are changed
// response.status and response.header.<name>. A value that the call does not have is empty.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace apiforge::policy {

/// What a transformation or one of its templates is for.
enum class TransformOf : std::uint8_t { Request, Response };

enum class CallValue : std::uint8_t {
  RequestMethod,
  RequestPath,
  RequestId,
  RequestHeader,  ///< with an argument: the name of the field, any case
  RequestQuery,   ///< with an argument: the decoded name of the parameter
  Client,
  CallerTenant,
  CallerLabel,
  ApiName,
  ApiVersion,
  ResponseStatus,
  ResponseHeader,  ///< with an argument, as RequestHeader
};

/// The values of one call, as the caller sent it: a transformation never reads its own results.
class TransformValues {
 public:
  virtual ~TransformValues() = default;
  /// Appends the value as plain text (percent-decoded where it is from the query), or nothing when
  /// the call has none. `argument` is empty for values that take none.
  virtual void append(CallValue value, std::string_view argument, std::string& out) const = 0;
};

/// How a value is written into the text around it, so that it stays one value there.
enum class ValueEncoding : std::uint8_t {
  Plain,
  Percent,  ///< everything but unreserved characters as `%HH`: a path segment
  Json      ///< the inside of a JSON string
};

class CallTemplate {
 public:
  /// Of a template as configured.
  static constexpr std::size_t kMaxBytes = 16 * 1024;
  /// Of what it becomes.
  static constexpr std::size_t kMaxExpandedBytes = 32 * 1024;

  CallTemplate() = default;
  /// InvalidConfiguration: a `{{` without `}}`, an unknown name (credentials of the caller have
  /// none), a value of the response in a request, or a text longer than kMaxBytes. The detail names
  /// what is wrong, to be put behind the name of the member.
  static Result<CallTemplate> parse(std::string_view text, TransformOf of);

  /// Whether it is the same text for every call.
  bool is_fixed() const { return places_.empty(); }
  /// Meaningful when it is.
  std::string_view fixed_text() const { return rest_; }
  /// Appends the text with the values of the call. False when it is longer than kMaxExpandedBytes;
  /// `out` then holds only a part.
  bool append_to(std::string& out, ValueEncoding encoding, const TransformValues& values) const;

 private:
  struct Place {
    std::string before;  ///< the text between the place before and this one
    CallValue value;
    std::string argument;
  };
  std::vector<Place> places_;
  std::string rest_;
};

}  // namespace apiforge::policy
