#define PCRE2_CODE_UNIT_WIDTH 8
#include "parsers/core/regex_backtracking.h"

#include <pcre2.h>

#include <string>

namespace assay::core {
namespace {

constexpr uint32_t kMatchLimit = 200'000;   // calls of the matcher for one search
constexpr uint32_t kDepthLimit = 2'000;     // of backtracking
constexpr uint32_t kHeapLimitKiB = 4'096;
constexpr size_t kMaxPattern = 64 * 1024;

}  // namespace

struct BacktrackingRegex::Code {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;
  ~Code() {
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }
};

BacktrackingRegex::BacktrackingRegex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
BacktrackingRegex::~BacktrackingRegex() = default;

Result<std::shared_ptr<const BacktrackingRegex>> BacktrackingRegex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) return Error{"bad-regex", "the pattern is too long"};
  int error = 0;
  PCRE2_SIZE at = 0;
  auto code = std::make_unique<Code>();
  code->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                             PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, nullptr);
  if (code->code == nullptr) {
    PCRE2_UCHAR message[256] = {};
    pcre2_get_error_message(error, message, sizeof message);
    return Error{"bad-regex", std::string(reinterpret_cast<const char*>(message)) + " at character " + std::to_string(at + 1)};
  }
  code->limits = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(code->limits, kMatchLimit);
  pcre2_set_depth_limit(code->limits, kDepthLimit);
  pcre2_set_heap_limit(code->limits, kHeapLimitKiB);
  return std::shared_ptr<const BacktrackingRegex>(new BacktrackingRegex(std::move(code)));
}

std::optional<bool> BacktrackingRegex::search(std::string_view text) const {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  int found = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, code_->limits);
  pcre2_match_data_free(data);
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  return std::nullopt;
}

}  // namespace assay::core
