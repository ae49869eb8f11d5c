// The scanner behind find_all(): one pass over one text, and what is done at each interesting place (scan.cc,
// assignments.cc). Called by detector.h only. Ownership: refers to the text and the output. Threads: one.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "rules/secrets/detector.h"

namespace assay::rules::secrets {

class Scanner {
 public:
  Scanner(std::string_view text, const FindOptions& options, std::vector<Match>& out);
  void run();

 private:
  size_t try_tokens(size_t at);
  void try_run(size_t begin);
  void try_assignment(size_t at);      // "=" or ":"
  void try_url(size_t at);             // "://"
  void try_authorization(std::string_view value, size_t begin);
  // The value written at `at`; false when it is an expression. `begin` and `end` are without quotes.
  bool value_at(size_t at, bool colon, size_t& begin, size_t& end, bool& quoted) const;
  void judge(std::string_view name, size_t begin, size_t end, bool quoted);
  std::string_view name_before(size_t at) const;
  std::string_view name_beside(size_t key_begin) const;
  void odd_syntaxes();                 // what has no "=" or ":"
  void try_defines();                  // define('DB_PASSWORD', '...') of PHP
  void try_curl();                     // curl -u name:password
  void find_heredocs();
  Syntax syntax_at(size_t at) const;   // kHcl is one of two
  void add(Match match);
  void skip(size_t to) { skip_to_ = skip_to_ > to ? skip_to_ : to; }
  void finish();

  std::string_view text_;
  const FindOptions& options_;
  std::vector<Match>& out_;
  size_t first_ = 0;        // of out_ that is ours
  std::vector<std::pair<size_t, size_t>> heredocs_;  // bodies, in order
  size_t skip_to_ = 0;      // before it everything belongs to a token
  size_t run_end_ = 0;      // of the last run of base64
  size_t aws_key_end_ = 0;  // of the last AWS key id
};

}  // namespace assay::rules::secrets
