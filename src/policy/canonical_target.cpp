#include "policy/canonical_target.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "base/text.hpp"

namespace apiforge::policy {
namespace {

/// What a byte means when it stands unescaped in a path.
enum class PathByte : std::uint8_t {
  Refused,     ///< control bytes, space, DEL, 0x80 and above
  Unreserved,  ///< RFC 3986 2.3, except `.`
  Allowed,     ///< other characters of RFC 3986 `pchar`
  Dot,
  Slash,
  Semicolon,
  Percent,
  Question,
  Hash,
  Backslash,
  Escaped,  ///< visible, but not allowed in a path: goes on as an escape
};

constexpr std::size_t index_of(char c) {
  return static_cast<unsigned char>(c);
}

constexpr bool is_alphanumeric(int c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr auto kPathBytes = [] {
  std::array<PathByte, 256> table{};
  for (int c = 0x21; c < 0x7F; ++c) {
    table[static_cast<std::size_t>(c)] =
        is_alphanumeric(c) ? PathByte::Unreserved : PathByte::Escaped;
  }
  for (const char c : std::string_view("-_~")) table[index_of(c)] = PathByte::Unreserved;
  for (const char c : std::string_view("!$&'()*+,=:@")) table[index_of(c)] = PathByte::Allowed;
  table[index_of('.')] = PathByte::Dot;
  table[index_of('/')] = PathByte::Slash;
  table[index_of(';')] = PathByte::Semicolon;
  table[index_of('%')] = PathByte::Percent;
  table[index_of('?')] = PathByte::Question;
  table[index_of('#')] = PathByte::Hash;
  table[index_of('\\')] = PathByte::Backslash;
  return table;
}();

/// True for bytes that need no thought wherever in a segment they stand, except after its slash.
constexpr auto kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const PathByte kind = kPathBytes[i];
    table[i] = kind == PathByte::Unreserved || kind == PathByte::Allowed || kind == PathByte::Dot ||
               kind == PathByte::Semicolon;
  }
  return table;
}();

constexpr auto kQueryAllowed = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x21; c < 0x7F; ++c) table[c] = c != '#';
  return table;
}();

constexpr auto kAuthorityAllowed = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_alphanumeric(static_cast<int>(c));
  for (const char c : std::string_view("-._~!$&'()*+,;=:[]")) table[index_of(c)] = true;
  return table;
}();

constexpr const char* kFragment = "A request target has no fragment (`#`)";

std::unexpected<Error> refuse_target(const char* detail) {
  return fail(ErrorCode::AmbiguousTarget, detail);
}

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that the escape at the beginning of `text` stands for.
std::optional<std::uint8_t> unescape(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<std::uint8_t>(high * 16 + low);
}

void append_escape(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const char escape[3] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  out.append(escape, 3);
}

/// Whether `byte`, followed by `rest`, opens a UTF-8 sequence longer than its character needs.
/// Lenient decoders read `%C0%AE` as a dot and `%E0%80%AF` as a slash (RFC 3629 3).
bool opens_overlong(std::uint8_t byte, std::string_view rest) {
  if (byte == 0xC0 || byte == 0xC1) return true;
  if (byte != 0xE0 && byte != 0xF0) return false;
  const auto next = unescape(rest);
  return next && *next >= 0x80 && *next < (byte == 0xE0 ? 0xA0 : 0x90);
}

/// The path of a target, taken apart and written anew. Only for paths that the fast scan gave up
/// on.
class PathRewriter {
 public:
  explicit PathRewriter(std::string& out) : out_(out) {}

  /// Consumes the path; nullptr, or what is wrong with it.
  const char* rewrite(std::string_view path) {
    out_.clear();
    out_.reserve(path.size() + 16);
    while (true) {
      // Each round begins at the slash before a segment.
      path.remove_prefix(1);
      const std::string_view segment = path.substr(0, path.find('/'));
      const bool last = segment.size() == path.size();
      const std::size_t start = out_.size();
      out_ += '/';
      if (segment.empty() && !last) {
        return "The path has an empty segment (`//`), which some servers merge and some do not; "
               "send single slashes";
      }
      if (const char* fault = append_segment(segment)) return fault;
      if (const char* fault = resolve_dots(start, last)) return fault;
      if (last) return nullptr;
      path.remove_prefix(segment.size());
    }
  }

 private:
  const char* append_segment(std::string_view segment) {
    const std::size_t start = out_.size();
    for (std::size_t i = 0; i < segment.size(); ++i) {
      const char c = segment[i];
      switch (kPathBytes[index_of(c)]) {
        case PathByte::Percent: {
          const auto byte = unescape(segment.substr(i));
          if (!byte) return "The path has a `%` that is not followed by two hexadecimal digits";
          if (const char* fault = append_decoded(*byte, segment.substr(i + 3), start)) return fault;
          i += 2;
          break;
        }
        case PathByte::Semicolon:
          if (only_dots_since(start)) return kDotParameters;
          out_ += c;
          break;
        case PathByte::Escaped:
          append_escape(out_, static_cast<std::uint8_t>(c));
          break;
        case PathByte::Backslash:
          return "The path has a backslash, which some servers read as a slash";
        case PathByte::Hash:
          return kFragment;
        case PathByte::Refused:
          return "The path has a control byte, a space or a byte above 0x7F; escape it";
        default:
          out_ += c;
      }
    }
    return nullptr;
  }

  const char* append_decoded(std::uint8_t byte, std::string_view rest, std::size_t segment_start) {
    const PathByte kind = kPathBytes[byte];
    if (kind == PathByte::Unreserved || kind == PathByte::Dot) {
      out_ += static_cast<char>(byte);
      return nullptr;
    }
    if (kind == PathByte::Slash || kind == PathByte::Backslash || byte == 0) {
      return "The path has an escaped slash, backslash or NUL (`%2F`, `%5C`, `%00`)";
    }
    if (kind == PathByte::Semicolon && only_dots_since(segment_start)) return kDotParameters;
    if (opens_overlong(byte, rest)) return "The path has an overlong UTF-8 sequence";
    append_escape(out_, byte);
    return nullptr;
  }

  /// True also for nothing at all: `/;x/` is an empty segment to a server that drops parameters.
  bool only_dots_since(std::size_t start) const {
    return out_.find_first_not_of('.', start) == std::string::npos;
  }

  /// Removes the segment whose slash is at `start` when it is `.` or `..` (RFC 3986 5.2.4).
  const char* resolve_dots(std::size_t start, bool last) {
    const auto segment = std::string_view(out_).substr(start + 1);
    if (segment == ".") {
      out_.resize(last ? start + 1 : start);
    } else if (segment == "..") {
      if (start == 0) return "The path climbs above the root (`..`)";
      const std::size_t parent = out_.rfind('/', start - 1);
      out_.resize(last ? parent + 1 : parent);
    }
    return nullptr;
  }

  static constexpr const char* kDotParameters =
      "The path has a `;` after an empty or dot segment, which some servers drop";
  std::string& out_;
};

/// Whether the segment behind the slash at `slash` may be empty, of dots, or without a name before
/// its parameters. Only there can these begin, so the fast scan asks nowhere else.
bool segment_needs_care(std::string_view target, std::size_t slash) {
  if (slash + 1 >= target.size()) return false;
  const char first = target[slash + 1];
  if (first == '.') {
    // `/.well-known` is an ordinary name.
    return slash + 2 >= target.size() ||
           kPathBytes[index_of(target[slash + 2])] != PathByte::Unreserved;
  }
  return first == '/' || first == ';';
}

/// Scans a target that begins with a slash, or has an empty path.
Result<CanonicalTarget> canonicalize_origin_form(std::string_view target, std::string& storage) {
  const std::size_t size = target.size();
  std::size_t i = 0;
  while (i < size) {
    const char c = target[i];
    if (kPlain[index_of(c)]) {
      ++i;
      continue;
    }
    if (c != '/') break;
    if (segment_needs_care(target, i)) break;
    ++i;
  }
  const bool is_canonical = i == size || target[i] == '?';
  const std::size_t question = is_canonical ? i : target.find('?', i);
  const std::string_view raw_path = target.substr(0, question);
  const std::string_view query = question < size ? target.substr(question + 1) : std::string_view{};
  for (const char c : query) {
    if (kQueryAllowed[index_of(c)]) continue;
    return refuse_target(c == '#' ? kFragment
                                  : "The query has a control byte, a space or a byte above 0x7F");
  }
  if (is_canonical) return CanonicalTarget{raw_path, query, {}};
  if (const char* fault = PathRewriter(storage).rewrite(raw_path)) return refuse_target(fault);
  return CanonicalTarget{storage, query, {}};
}

/// The length of `http://` or `https://` at the beginning of `target`, or 0.
std::size_t scheme_length(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

Result<CanonicalTarget> canonicalize_absolute_form(std::string_view rest, std::string& storage) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty()) return refuse_target("The request target has no host after its scheme");
  for (const char c : authority) {
    if (kAuthorityAllowed[index_of(c)]) continue;
    return refuse_target(
        c == '@' ? "A request target has no user information (`user@host`)"
                 : "The host of the request target has a byte that a host may not have");
  }
  rest.remove_prefix(authority.size());
  if (rest.starts_with('#')) return refuse_target(kFragment);
  auto target = canonicalize_origin_form(rest, storage);
  if (!target) return target;
  target->authority = authority;
  if (target->path.empty()) target->path = "/";  // RFC 3986 6.2.3
  return target;
}

}  // namespace

Result<CanonicalTarget> canonicalize_target(std::string_view target, std::string_view method,
                                            std::string& storage) {
  if (!target.empty() && target.front() == '/') return canonicalize_origin_form(target, storage);
  if (target == "*" && method == "OPTIONS") return CanonicalTarget{target, {}, {}};
  if (const std::size_t scheme = scheme_length(target)) {
    return canonicalize_absolute_form(target.substr(scheme), storage);
  }
  return fail(
      ErrorCode::MalformedRequest,
      "The request target must be a path (`/path?query`), an http(s) URL, or `*` for OPTIONS");
}

}  // namespace apiforge::policy
