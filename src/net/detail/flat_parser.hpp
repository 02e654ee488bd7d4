// The class derived from Beast's basic_parser. Included by http1_parser.cpp only.
#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "net/detail/plain_head.hpp"
#include "net/field_names.hpp"
#include "net/http1_parser.hpp"

namespace apiforge::net::detail {

namespace http = boost::beast::http;

inline std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}
Method to_method(http::verb verb);

/// What the stricter rules have seen of a head.
struct HeadFacts {
  int hosts = 0;
  int content_lengths = 0;
  int transfer_encodings = 0;
  int authorizations = 0;
  int api_keys = 0;
  bool chunked = false;
  bool upgrade_field = false;
  bool expects_continue = false;
  std::uint64_t content_length = 0;
};

// MAX_BODY_BYTES cannot be set higher: a chunk that announces more would only be waited for.
inline constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 40;

template <bool IsRequest>
class FlatParser final : public http::basic_parser<IsRequest> {
 public:
  FlatParser(const Http1Limits& limits, std::vector<Field>& fields, std::vector<Field>& trailers)
      : limits_(limits), fields_(fields), trailers_(trailers) {
    fields_.clear();
    trailers_.clear();
    this->header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    this->body_limit(boost::none);
  }

  const Http1Limits& limits_;
  std::vector<Field>& fields_;
  std::vector<Field>& trailers_;
  std::string_view input_;  // where views must point into: a value elsewhere was folded
  HeadFacts facts;
  Method method = Method::Other;
  std::string_view method_text;
  std::string_view target;
  std::string_view reason;
  int status = 0;
  int version = 11;
  std::string_view body;  // filled by one step
  bool finished = false;
  bool in_chunks = false;  // the line of the first chunk has been read
  bool in_trailers = false;
  bool read_plainly = false;    // not by Beast, which knows nothing of the message then
  bool plainly_closes = false;  // `Connection: close`
  // The first fault of a rule of ours; Beast's own error is only a marker then.
  ErrorCode fault = ErrorCode::MalformedRequest;
  const char* why = nullptr;

  /// Reads a head in its plainest form, and returns the bytes that it takes; 0 when Beast has to
  /// read it.
  std::size_t read_plain_head(std::string_view input) {
    PlainHead head(input);
    read_plainly = take_first_line(head) && take_fields(head) && head.taken() <= limits_.head_bytes;
    if (read_plainly) return head.taken();
    fields_.clear();
    facts = {};
    why = nullptr;
    return 0;
  }

 private:
  using error_code = boost::beast::error_code;

  bool take_first_line(PlainHead& head) {
    if constexpr (IsRequest) {
      if (!head.take_request_line(method_text, target)) return false;
      method = to_method(http::string_to_verb({method_text.data(), method_text.size()}));
      return target.size() <= limits_.target_bytes;
    } else {
      return head.take_status_line(status, reason);
    }
  }

  bool take_fields(PlainHead& head) {
    while (!head.take_end()) {
      Field field;
      if (!head.take_field(field.name, field.value)) return false;
      field.id = field_id(field.name);
      error_code error;
      note(field, error);
      if (error || !is_plain(field) || fields_.size() >= limits_.fields) return false;
      fields_.push_back(field);
    }
    return true;
  }

  bool is_plain(const Field& field) {
    switch (field.id) {
      case FieldId::Connection:
        if (!equals_ignoring_case(field.value, "close")) {
          return equals_ignoring_case(field.value, "keep-alive");
        }
        plainly_closes = true;
        return true;
      case FieldId::ProxyConnection:
      case FieldId::TransferEncoding:
      case FieldId::Upgrade:
        return false;
      default:
        return true;
    }
  }

  void refuse(ErrorCode code, const char* reason_text, error_code& error) {
    fault = code;
    why = reason_text;
    error = http::error::bad_field;
  }

  void on_request_impl(http::verb verb, boost::beast::string_view verb_text,
                       boost::beast::string_view request_target, int http_version,
                       error_code& error) override {
    method = to_method(verb);
    method_text = view(verb_text);
    target = view(request_target);
    version = http_version;
    if (target.size() > limits_.target_bytes) {
      refuse(ErrorCode::TargetTooLong, "the request target is longer than MAX_TARGET_BYTES", error);
    }
  }

  void on_response_impl(int code, boost::beast::string_view phrase, int http_version,
                        error_code&) override {
    status = code;
    reason = view(phrase);
    version = http_version;
  }

  void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override {
    std::vector<Field>& fields = in_trailers ? trailers_ : fields_;
    if (fields.size() >= limits_.fields) {
      return refuse(ErrorCode::HeadTooLarge, "there are more fields than MAX_FIELDS", error);
    }
    const Field field{view(name), view(value), field_id(view(name))};
    if (is_folded(field)) {
      return refuse(ErrorCode::MalformedRequest, "a field value is folded over lines", error);
    }
    // What the gateway acts on means nothing in a trailer (RFC 9110 6.5.1), and must not pass it
    // there.
    if (in_trailers && field.id != FieldId::Other) return;
    if (!in_trailers) note(field, error);
    fields.push_back(field);
  }

  // Beast puts a folded value together elsewhere, unless all of it lies on one of the later lines.
  bool is_folded(const Field& field) const {
    const char* name_end = field.name.data() + field.name.size();
    const char* value = field.value.data();
    if (value < name_end || value > input_.data() + input_.size()) return true;
    const std::string_view between(name_end, static_cast<std::size_t>(value - name_end));
    return between.find('\n') != std::string_view::npos;
  }

  void note(const Field& field, error_code& error);

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view data, error_code&) override {
    body = view(data);
    return data.size();
  }
  void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view,
                            error_code& error) override {
    if (size > kMaxChunkBytes) {
      return refuse(ErrorCode::MalformedRequest, "a chunk is larger than any body can be", error);
    }
    in_chunks = true;
    in_trailers = size == 0;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view data,
                                 error_code&) override {
    body = view(data);
    return data.size();
  }
  void on_finish_impl(error_code&) override { finished = true; }
};

}  // namespace apiforge::net::detail
