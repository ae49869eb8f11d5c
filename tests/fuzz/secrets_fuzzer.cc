// Any bytes through secret detection and the reader of gitleaks's configuration: no crash, no hang, and matches lie in
// the text, in order, none over another.
#include "parsers/core/check.h"
#include "rules/secrets/detector.h"
#include "rules/secrets/gitleaks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace assay::rules::secrets;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  GitleaksConfig config;
  if (size < 20000) config.read(text);
  for (Syntax syntax : {Syntax::kTokens, Syntax::kQuoted, Syntax::kHcl, Syntax::kYaml, Syntax::kXml, Syntax::kCommand}) {
    std::vector<Match> matches;
    find_all(text, {.syntax = syntax, .whole_file = true}, matches);
    size_t last = 0;
    for (const Match& match : matches) {
      ASSAY_CHECK(match.begin >= last && match.begin < match.end && match.end <= size);
      last = match.end;
    }
    config.apply("a", text, matches);
  }
  return 0;
}
