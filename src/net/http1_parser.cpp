#include "net/http1_parser.hpp"

#include <optional>

#include "base/text.hpp"
#include "net/detail/flat_parser.hpp"

namespace apiforge::net {
namespace detail {

Method to_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::Get;
    case http::verb::head:
      return Method::Head;
    case http::verb::post:
      return Method::Post;
    case http::verb::put:
      return Method::Put;
    case http::verb::delete_:
      return Method::Delete;
    case http::verb::patch:
      return Method::Patch;
    case http::verb::options:
      return Method::Options;
    case http::verb::connect:
      return Method::Connect;
    case http::verb::trace:
      return Method::Trace;
    default:
      return Method::Other;
  }
}

template <bool IsRequest>
void FlatParser<IsRequest>::note(const Field& field, error_code& error) {
  switch (field.id) {
    case FieldId::Host:
      ++facts.hosts;
      break;
    case FieldId::ContentLength: {
      const auto length = parse_unsigned(field.value);
      if (!length) {
        return refuse(ErrorCode::AmbiguousFraming, "Content-Length is not a plain number", error);
      }
      facts.content_length = *length;
      ++facts.content_lengths;
      break;
    }
    case FieldId::TransferEncoding:
      ++facts.transfer_encodings;
      facts.chunked = equals_ignoring_case(field.value, "chunked");
      if (!facts.chunked) {
        return refuse(ErrorCode::AmbiguousFraming, "the only transfer coding is 'chunked'", error);
      }
      break;
    case FieldId::Authorization:
      ++facts.authorizations;
      break;
    case FieldId::XApiKey:
      ++facts.api_keys;
      break;
    case FieldId::Upgrade:
      facts.upgrade_field = true;
      break;
    case FieldId::Expect:
      facts.expects_continue = equals_ignoring_case(field.value, "100-continue");
      break;
    default:
      break;
  }
  if (facts.content_lengths + facts.transfer_encodings > 1) {
    refuse(ErrorCode::AmbiguousFraming, "the length of the body is given more than once", error);
  }
  if (facts.authorizations > 1 || facts.api_keys > 1) {
    refuse(ErrorCode::ContradictoryCredentials, "a credential is given more than once", error);
  }
}

}  // namespace detail

namespace {

// What requests and responses have in common: feeding Beast, and stepping through a body.
template <bool IsRequest>
struct MessageParser {
  explicit MessageParser(const Http1Limits& message_limits) : limits(message_limits) {}

  void restart(bool without_body) {
    without_body_ = without_body;
    begin();
    framing = BodyFraming::None;
    remaining = 0;
    complete = false;
    scanned = 0;
  }

  void begin() {
    parser.emplace(limits, fields, trailer_fields);
    if (without_body_) parser->skip(true);
  }

  // Bytes taken by the head; 0 when incomplete. Beast remembers the lines it has read, but its
  // views are into an input that may move before the rest comes: an incomplete head is parsed anew,
  // once its end is here.
  Result<std::size_t> parse_head(std::string_view input) {
    if (scanned > 0 && input.find("\r\n\r\n", scanned < 3 ? 0 : scanned - 3) == input.npos) {
      return incomplete(input);
    }
    if (scanned == 0) {
      if (const std::size_t plain = parser->read_plain_head(input); plain > 0) return plain;
    }
    boost::beast::error_code error;
    parser->input_ = input;
    const std::size_t taken = parser->put(boost::asio::buffer(input.data(), input.size()), error);
    if (error == detail::http::error::need_more || (!error && !parser->is_header_done())) {
      if (input.find("\r\n\r\n") != input.npos) {
        return fail(ErrorCode::MalformedRequest, "the head ends within a line");
      }
      begin();
      return incomplete(input);
    }
    if (error) return refuse(error);
    if (taken > limits.head_bytes) return too_large();
    return taken;
  }

  Result<std::size_t> incomplete(std::string_view input) {
    if (input.size() >= limits.head_bytes) return too_large();
    scanned = input.size();
    return 0;
  }

  std::unexpected<Error> too_large() const {
    return fail(ErrorCode::HeadTooLarge, "the head is larger than MAX_HEAD_BYTES");
  }

  std::unexpected<Error> refuse(const boost::beast::error_code& cause) const {
    using Cause = detail::http::error;
    if (parser->why) return fail(parser->fault, parser->why);
    if (cause == Cause::header_limit) return too_large();
    if (cause == Cause::bad_content_length || cause == Cause::multiple_content_length ||
        cause == Cause::bad_transfer_encoding) {
      return fail(ErrorCode::AmbiguousFraming, cause.message());
    }
    return fail(ErrorCode::MalformedRequest, cause.message());
  }

  Result<BodyStep> next(std::string_view input) {
    BodyStep step;
    switch (framing) {
      case BodyFraming::None:
        step.end = true;
        break;
      case BodyFraming::Length:
        step.data = input.substr(0, remaining);
        step.consumed = step.data.size();
        remaining -= step.data.size();
        step.end = remaining == 0;
        step.need_more = !step.end && step.consumed == 0;
        break;
      case BodyFraming::UntilClose:
        step.data = input;
        step.consumed = input.size();
        step.need_more = input.empty();
        break;
      case BodyFraming::Chunked:
        return next_chunk(input);
    }
    complete = step.end;
    return step;
  }

  // Chunk lines and trailers are short; a peer that never ends one is cut off.
  static constexpr std::size_t kMaxChunkLine = 16 * 1024;

  Result<BodyStep> next_chunk(std::string_view input) {
    BodyStep step;
    parser->input_ = input;
    while (true) {
      boost::beast::error_code error;
      parser->body = {};
      const auto rest = input.substr(step.consumed);
      if (ends_without_chunks(rest)) {
        step.need_more = true;
        return step;
      }
      if (!rest.empty() || parser->finished) {
        step.consumed += parser->put(boost::asio::buffer(rest.data(), rest.size()), error);
      }
      if (parser->finished) break;
      if (!parser->body.empty()) {
        step.data = parser->body;
        return step;
      }
      if (rest.empty() || error == detail::http::error::need_more) {
        if (rest.size() > kMaxChunkLine) return fail(ErrorCode::MalformedRequest, "bad chunk");
        step.need_more = true;
        return step;
      }
      if (error) return refuse(error);
    }
    step.end = complete = true;
    return step;
  }

  // A body without chunks whose last line is here, but not its end. Beast, once it has seen that
  // line, takes for granted that it is asked again only with the whole end (BOOST_ASSERT(n >= 5)).
  bool ends_without_chunks(std::string_view input) const {
    return !parser->in_chunks && input.size() < 5 && input.starts_with("0\r\n");
  }

  std::span<const Field> trailers() const {
    if (framing != BodyFraming::Chunked) return {};
    return trailer_fields;
  }

  const Http1Limits& limits;
  std::vector<Field> fields;
  std::vector<Field> trailer_fields;
  std::optional<detail::FlatParser<IsRequest>> parser;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t remaining = 0;
  std::size_t scanned = 0;  // of an incomplete head: so much of it has no end
  bool complete = false;
  bool without_body_ = false;
};

}  // namespace

// ---------------------------------------------------------------------------------------- requests

struct Http1RequestParser::Impl : MessageParser<true> {
  using MessageParser::MessageParser;
  RequestHead head;

  Result<void> interpret() {
    const auto& facts = parser->facts;
    const bool is_http11 = parser->version == 11;
    if (facts.hosts > 1 || (is_http11 && facts.hosts == 0)) {
      return fail(ErrorCode::MissingHost, "a request needs exactly one Host field");
    }
    if (facts.chunked && !is_http11) {
      return fail(ErrorCode::AmbiguousFraming, "HTTP/1.0 has no transfer codings");
    }
    framing = facts.chunked              ? BodyFraming::Chunked
              : facts.content_length > 0 ? BodyFraming::Length
                                         : BodyFraming::None;
    remaining = facts.content_length;
    complete = framing == BodyFraming::None;
    head.method = parser->method;
    head.method_text = parser->method_text;
    head.target = parser->target;
    head.minor_version = is_http11 ? 1 : 0;
    head.fields = fields;
    head.framing = framing;
    head.content_length = facts.content_length;
    head.keep_alive = parser->read_plainly ? !parser->plainly_closes : parser->keep_alive();
    head.expects_continue = is_http11 && facts.expects_continue && !complete;
    head.wants_upgrade = facts.upgrade_field && parser->upgrade() && is_http11 && complete;
    return {};
  }
};

Http1RequestParser::Http1RequestParser(const Http1Limits& limits)
    : impl_(std::make_unique<Impl>(limits)) {
  restart();
}
Http1RequestParser::~Http1RequestParser() = default;

void Http1RequestParser::restart() {
  impl_->restart(false);
}

Result<std::size_t> Http1RequestParser::parse_head(std::string_view input) {
  // One empty line before a request is tolerated (RFC 9112 2.2).
  const std::size_t skipped = input.starts_with("\r\n") ? 2 : 0;
  if (input == "\r" || input.size() == skipped) return 0;
  auto taken = impl_->parse_head(input.substr(skipped));
  if (!taken || *taken == 0) return taken;
  if (auto sound = impl_->interpret(); !sound) return std::unexpected(sound.error());
  return *taken + skipped;
}

const RequestHead& Http1RequestParser::head() const {
  return impl_->head;
}
Result<BodyStep> Http1RequestParser::next(std::string_view input) {
  return impl_->next(input);
}
bool Http1RequestParser::complete() const {
  return impl_->complete;
}
std::span<const Field> Http1RequestParser::trailers() const {
  return impl_->trailers();
}

// --------------------------------------------------------------------------------------- responses

struct Http1ResponseParser::Impl : MessageParser<false> {
  using MessageParser::MessageParser;
  ResponseHead head;

  Result<void> interpret() {
    const auto& facts = parser->facts;
    const int status = parser->status;
    if (status < 100) {
      return fail(ErrorCode::UpstreamProtocolError, "a status has three digits, from 100 on");
    }
    const bool bodiless = without_body_ || status / 100 == 1 || status == 204 || status == 304;
    if (facts.chunked && parser->version == 10) {
      return fail(ErrorCode::UpstreamProtocolError, "HTTP/1.0 has no transfer codings");
    }
    if (bodiless || (facts.content_lengths > 0 && facts.content_length == 0)) {
      framing = BodyFraming::None;
    } else if (facts.chunked) {
      framing = BodyFraming::Chunked;
    } else {
      framing = facts.content_lengths > 0 ? BodyFraming::Length : BodyFraming::UntilClose;
    }
    remaining = facts.content_length;
    complete = framing == BodyFraming::None;
    head.status = status;
    head.reason = parser->reason;
    head.minor_version = parser->version == 11 ? 1 : 0;
    head.fields = fields;
    head.framing = framing;
    head.content_length = facts.content_length;
    head.keep_alive = framing != BodyFraming::UntilClose && keeps_alive();
    return {};
  }

  // Not Beast's keep_alive(): that one also looks at what Beast believes of the body.
  bool keeps_alive() const {
    if (parser->read_plainly) return !parser->plainly_closes;
    bool close = false;
    bool keep = false;
    for (const Field& field : fields) {
      if (field.id != FieldId::Connection) continue;
      for_each_element(field.value, [&](std::string_view element) {
        close = close || equals_ignoring_case(element, "close");
        keep = keep || equals_ignoring_case(element, "keep-alive");
      });
    }
    return !close && (parser->version == 11 || keep);
  }
};

namespace {
// The same faults mean another thing when an upstream commits them.
template <class T>
Result<T> as_upstream_fault(Result<T> result) {
  if (result) return result;
  return fail(ErrorCode::UpstreamProtocolError, "the upstream's reply: " + result.error().detail);
}
}  // namespace

Http1ResponseParser::Http1ResponseParser(const Http1Limits& limits)
    : impl_(std::make_unique<Impl>(limits)) {
  restart(false);
}
Http1ResponseParser::~Http1ResponseParser() = default;

void Http1ResponseParser::restart(bool without_body) {
  impl_->restart(without_body);
}

Result<std::size_t> Http1ResponseParser::parse_head(std::string_view input) {
  auto taken = impl_->parse_head(input);
  if (!taken) return as_upstream_fault(std::move(taken));
  if (*taken == 0) return 0;
  if (auto sound = impl_->interpret(); !sound) return std::unexpected(sound.error());
  return taken;
}

const ResponseHead& Http1ResponseParser::head() const {
  return impl_->head;
}
Result<BodyStep> Http1ResponseParser::next(std::string_view input) {
  return as_upstream_fault(impl_->next(input));
}
std::uint64_t Http1ResponseParser::length_left() const {
  return impl_->framing == BodyFraming::Length ? impl_->remaining : 0;
}
void Http1ResponseParser::skip(std::uint64_t bytes) {
  impl_->remaining -= bytes;
  impl_->complete = impl_->remaining == 0;
}
bool Http1ResponseParser::complete() const {
  return impl_->complete;
}
bool Http1ResponseParser::end_of_stream() {
  return impl_->complete = impl_->complete || impl_->framing == BodyFraming::UntilClose;
}
std::span<const Field> Http1ResponseParser::trailers() const {
  return impl_->trailers();
}

}  // namespace apiforge::net
