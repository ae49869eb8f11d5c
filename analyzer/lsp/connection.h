// The two descriptors of a server, one poll at a time: messages in, messages out, a wake-up from another thread, and the
// end of the client. A client that does not read makes the server stop reading, not grow or hang.
//
// Threads: everything belongs to the protocol thread but wake().
#pragma once

#include <deque>
#include <string>

#include "analyzer/lsp/framing.h"

namespace assay::lsp {

class Connection {
 public:
  enum class Event { kMessage, kMistake, kWake, kTimeout, kClosed };
  Connection(int input, int output);
  ~Connection();
  Connection(const Connection&) = delete;

  // The next thing that happens, within `milliseconds` (-1: without end). `text`: of a message, or of what was wrong.
  Event wait(int milliseconds, std::string& text);
  void send(std::string body);
  void wake();
  // Sends what is left, but no longer than this.
  void finish(int milliseconds);

 private:
  bool write_some();  // false when nobody reads any more
  int input_, output_, output_flags_ = 0;
  int wake_[2] = {-1, -1};
  MessageReader reader_;
  std::deque<std::string> queue_;
  size_t sent_ = 0, queued_ = 0;  // bytes of the first one; of all
  bool ended_ = false, broken_ = false;
};

}  // namespace assay::lsp
