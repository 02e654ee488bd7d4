#include "admin/embedded_assets.hpp"

#include <zlib.h>

#include <stdexcept>

extern "C" {
extern const apiforge::admin::EmbeddedAsset apiforge_assets_begin[];
extern const apiforge::admin::EmbeddedAsset apiforge_assets_end[];
}

namespace apiforge::admin {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib.h: add 16 for the gzip format

}  // namespace

std::span<const EmbeddedAsset> embedded_assets() {
  return {apiforge_assets_begin, apiforge_assets_end};
}

std::string EmbeddedAsset::inflate() const {
  std::string plain(plain_size, '\0');
  z_stream stream{};
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(begin));
  stream.avail_in = static_cast<uInt>(gzip().size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const bool whole =
      inflateInit2(&stream, kGzipWindow) == Z_OK && ::inflate(&stream, Z_FINISH) == Z_STREAM_END;
  inflateEnd(&stream);
  // What the build has put in comes out, unless there is no memory.
  if (!whole) throw std::runtime_error("an embedded file cannot be inflated");
  return plain;
}

}  // namespace apiforge::admin
