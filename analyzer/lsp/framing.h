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
inline constexpr int kMaxMessageDepth = 500;

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

// Are brackets nested deeper than any message of the protocol? Parsing such a text would cost many times its size.
bool is_too_deep(std::string_view json);
// Halves of surrogate pairs that stand alone ("\ud83d"), which an editor may send and no Unicode text can have, become U+FFFD.
std::string with_whole_surrogates(std::string_view json);
// With its header.
std::string framed(std::string_view body);

}  // namespace assay::lsp
