// Foreign text on its way into a message. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace apiforge {

/// `'text'`, at most 64 bytes of it, control bytes shown as `?`. Not for secrets.
std::string in_quotes(std::string_view text);

}  // namespace apiforge
