// What this build calls itself.
#pragma once

namespace apiforge::app {

inline constexpr const char* kVersion = APIFORGE_VERSION;
inline constexpr const char* kCompiler = "g++ " __VERSION__;

}  // namespace apiforge::app
