// EmbeddedAssets: the files of web/api-docs, compressed, as they lie in the program. Immutable; any
// thread.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace apiforge::admin {

/// One file. A row of the table that tools/embed_assets.py writes in assembly: plain pointers in
/// this order.
struct EmbeddedAsset {
  const char* path_text;
  const char* type_text;
  const char* digest_text;
  const char* begin;
  const char* end;
  std::size_t plain_size;

  std::string_view path() const { return path_text; }  ///< that it is served at
  std::string_view content_type() const { return type_text; }
  std::string_view digest() const { return digest_text; }  ///< of the plain bytes
  std::string_view gzip() const { return {begin, static_cast<std::size_t>(end - begin)}; }
  /// The plain bytes.
  std::string inflate() const;
};

std::span<const EmbeddedAsset> embedded_assets();

}  // namespace apiforge::admin
