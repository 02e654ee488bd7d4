// The one spelling of a request target. Routing, access rules, logs and the upstream all read the
// canonical form and never the raw target, so that none of them can be shown a different path
// (RFC 3986 6.2.2; the differences are what CVE-2019-9901, -2021-29492 and -2021-43557 lived on).
// Pure; any thread. The result is a view into the raw target or into the caller's storage.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::policy {

struct CanonicalTarget {
  /// Begins with `/` and is never empty (`*` for the asterisk-form of OPTIONS). Only bytes that
  /// RFC 3986 allows in a path; no dot segment, no empty segment but the last.
  std::string_view path;
  /// The bytes after the first `?`, as received; empty when there are none.
  std::string_view query;
  /// Host and optional port of an absolute-form target, as received; empty for origin-form. When it
  /// is there it takes the place of the Host field (RFC 9112 3.2.2).
  std::string_view authority;
};

/// Canonicalises an origin-form (`/path?query`), absolute-form (`http://host/path`) or, for the
/// method OPTIONS only, asterisk-form (`*`) target. Applying it to its own result changes nothing.
///
/// - Escapes of unreserved characters are decoded, once; all other escapes keep their meaning and
///   get upper-case digits, and bytes that may not stand in a path unescaped (`"<>[]^`{|}`) are
///   escaped. So `%7e` becomes `~`, `%c3` becomes `%C3`, and `%252F` stays what it is.
/// - Then dot segments are removed (RFC 3986 5.2.4), so `/a/%2e%2e/b` becomes `/b`.
/// - `;parameters` belong to their segment and are kept.
///
/// Refused with AmbiguousTarget is what two servers are known to read differently: an escaped
/// slash, backslash or NUL; a raw backslash, control byte, space or byte above 0x7F; an incomplete
/// escape; an overlong UTF-8 sequence; parameters on an empty or dot segment (`..;`); a path that
/// climbs above the root; an empty segment (`//`), which some servers merge and some do not, and
/// which looks like an authority to URL parsers; a fragment; user information.
/// MalformedRequest: none of the three forms.
///
/// `storage` is written to only when the path must change; a target that is already canonical costs
/// one scan and no allocation. The result is valid while `target` and `storage` are.
Result<CanonicalTarget> canonicalize_target(std::string_view target, std::string_view method,
                                            std::string& storage);

}  // namespace apiforge::policy
