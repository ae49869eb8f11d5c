#include "parsers/formats/terraform/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace assay::formats::terraform {
namespace {

constexpr size_t kFirstBuffer = 4096;

core::Error damaged() { return {"inflate-damaged", "the packed bytes are damaged or cut off"}; }

core::Result<std::string> unpack(std::string_view packed, size_t limit, bool gzip) {
  if (packed.size() > std::numeric_limits<uInt>::max() ||
      limit >= std::numeric_limits<uInt>::max()) {
    return core::Error{"limit-inflate", "more than 4 GiB are not unpacked"};
  }
  z_stream stream{};
  if (inflateInit2(&stream, gzip ? MAX_WBITS + 16 : -MAX_WBITS) != Z_OK) return damaged();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  // One byte more than allowed shows what is too large.
  std::string out(std::min(limit + 1, std::max(kFirstBuffer, packed.size() * 4)), '\0');
  size_t got = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + got);
    stream.avail_out = static_cast<uInt>(out.size() - got);
    state = inflate(&stream, Z_NO_FLUSH);
    got = out.size() - stream.avail_out;
    if (got > limit) break;
    if (state == Z_STREAM_END && gzip && stream.avail_in > 0) {
      state = inflateReset(&stream);  // the next member
    } else if (state == Z_OK && stream.avail_out > 0) {
      state = Z_BUF_ERROR;  // all is read, and the stream has no end
    }
    if (got == out.size()) out.resize(std::min(limit + 1, out.size() * 2));
  }
  inflateEnd(&stream);
  if (got > limit) {
    return core::Error{"limit-inflate",
                       "the packed bytes unpack to more than " + std::to_string(limit) + " bytes"};
  }
  if (state != Z_STREAM_END) return damaged();
  out.resize(got);
  return out;
}

}  // namespace

core::Result<std::string> inflate_raw(std::string_view packed, size_t limit) {
  return unpack(packed, limit, false);
}

core::Result<std::string> gunzip(std::string_view packed, size_t limit) {
  return unpack(packed, limit, true);
}

uint32_t crc32_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace assay::formats::terraform
