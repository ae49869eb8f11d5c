// The base protocol: bodies of messages out of a stream of bytes that comes in any pieces, and back. Broken headers and
// lengths cost a message, never the connection.
//
// Used by the server's one protocol thread. Ownership: owns what it has not handed out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::lsp {

inline constexpr size_t kMaxHeaderBytes = 8 << 10;
inline constexpr size_t kMaxMessageBytes = 64 << 20;

class MessageReader {
 public:
  enum class Next { kNone, kMessage, kMistake };
  void feed(std::string_view bytes);
  // kMessage: `out` is a body. kMistake: `out` says what was wrong with bytes that were dropped.
  Next next(std::string& out);

 private:
  std::string buffer_;
  size_t at_ = 0;      // of what was handed out
  size_t skip_ = 0;    // bytes of a body that is too large
  size_t length_ = 0;  // of the body that is awaited
  bool in_body_ = false;
};

// With its header.
std::string framed(std::string_view body);

}  // namespace assay::lsp
