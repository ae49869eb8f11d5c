// Bytes per second of the HCL reader over the .tf files of the corpora, and of its parts that have
// their own fast paths. Data: $ASSAY_SHARED (default ../shared) /corpora/MANIFEST.tsv is not
// needed; every .tf file below /corpora counts.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "parsers/syntax/hcl/reader.h"

namespace {

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> out;
    const char* shared = std::getenv("ASSAY_SHARED");
    std::error_code error;
    std::filesystem::recursive_directory_iterator it(
        std::string(shared ? shared : "../shared") + "/corpora", error);
    for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
      if (it->path().extension() != ".tf") continue;
      std::ifstream in(it->path(), std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      out.push_back(text.str());
    }
    return out;
  }();
  return texts;
}

void read_corpus(benchmark::State& state) {
  size_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& text : corpus()) {
      auto tree = assay::syntax::read_hcl(0, text);
      benchmark::DoNotOptimize(tree->root);
      bytes += text.size();
    }
  }
  if (bytes == 0) state.SkipWithError("no corpora");
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(read_corpus)->Unit(benchmark::kMillisecond);

void read_text(benchmark::State& state, const std::string& line) {
  std::string text;
  for (int i = 0; text.size() < (1u << 20); ++i) {
    std::string copy = line;
    size_t at = copy.find('#');
    copy.replace(at, 1, std::to_string(i));
    text += copy;
  }
  for (auto _ : state) {
    auto tree = assay::syntax::read_hcl(0, text);
    if (!tree->accepted) state.SkipWithError("rejected");
    benchmark::DoNotOptimize(tree->root);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK_CAPTURE(read_text, attributes, "a# = 1\n");
BENCHMARK_CAPTURE(read_text, strings, "a# = \"arn:aws:s3:::some-bucket/with/a/path\"\n");
BENCHMARK_CAPTURE(read_text, interpolations, "a# = \"x-${var.name}-${local.b[0].c}\"\n");
BENCHMARK_CAPTURE(read_text, heredocs,
                  "a# = <<-EOT\n    {\n      \"Version\": \"2012-10-17\"\n    }\n  EOT\n");
BENCHMARK_CAPTURE(read_text, expressions, "a# = b ? [for x in y : x.z + 1 if x] : f(c, d[*].e)\n");

}  // namespace
