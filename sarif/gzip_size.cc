#include "sarif/gzip_size.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "parsers/core/check.h"

namespace assay::report {

uint64_t gzip_size(std::string_view text) {
  constexpr size_t kPiece = 1 << 18;
  z_stream stream{};
  int ready = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  ASSAY_CHECK(ready == Z_OK);
  std::vector<unsigned char> out(kPiece);
  uint64_t size = 0;
  for (bool done = false; !done;) {
    size_t piece = std::min(kPiece, text.size());
    // zlib does not write to what it packs.
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<unsigned>(piece);
    text.remove_prefix(piece);
    int flush = text.empty() ? Z_FINISH : Z_NO_FLUSH;
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<unsigned>(out.size());
      done = deflate(&stream, flush) == Z_STREAM_END;
      size += out.size() - stream.avail_out;
    } while (stream.avail_out == 0 && !done);
  }
  deflateEnd(&stream);
  return size;
}

}  // namespace assay::report
