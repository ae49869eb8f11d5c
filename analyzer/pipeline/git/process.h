// Child processes: git is asked through its command line, started directly (no shell reads the arguments), with
// an environment in which it neither prompts, pages, takes locks, nor talks to a network, and with a limit on time.
//
// Called by repository.cc and blobs.cc. Ownership: a Child ends its process when it goes. Threads: one call, one
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::pipeline {

struct CommandOutput {
  int status = 0;  // exit status; 128 + signal where a signal ended it
  std::string out, error;
};

// Runs a program of the PATH to its end. Errors: "program-not-found", "timeout", "output-too-large", "io-error".
core::Result<CommandOutput> run_command(const std::vector<std::string>& arguments, std::chrono::milliseconds limit,
                                        size_t max_bytes);

// A process that answers questions: what is written goes to its stdin, what it says on stdout is read.
class Child {
 public:
  static core::Result<std::unique_ptr<Child>> start(const std::vector<std::string>& arguments);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  core::Status write(std::string_view text);
  // Up to and without the next line feed; at most 4 KiB.
  core::Result<std::string> read_line(std::chrono::milliseconds limit);
  // Exactly `count` bytes into `out`; with `out` null they are passed over.
  core::Status read_bytes(size_t count, std::string* out, std::chrono::milliseconds limit);

 private:
  Child() = default;
  core::Status fill(std::chrono::steady_clock::time_point deadline);

  long process_ = -1;
  int to_ = -1, from_ = -1;
  std::string buffer_;
  size_t at_ = 0;
};

// Is a variable of this name in the environment of this process?
bool in_environment(std::string_view name);

}  // namespace assay::pipeline
