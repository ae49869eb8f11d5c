// Speed of the JSON reader over the real JSON files of the corpora, and over one large array of
// small objects. Data: ASSAY_SHARED/corpora (default ../shared).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "parsers/syntax/json/reader.h"

namespace {

namespace fs = std::filesystem;

void BM_JsonCorpora(benchmark::State& state) {
  const char* shared = std::getenv("ASSAY_SHARED");
  fs::path root = fs::path(shared ? shared : "../shared") / "corpora";
  std::vector<std::string> texts;
  if (fs::is_directory(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      texts.emplace_back((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    }
  }
  if (texts.empty()) {
    state.SkipWithError("skipped: no corpora");
    return;
  }
  size_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      auto tree = assay::syntax::read_json(0, text);
      benchmark::DoNotOptimize(tree->root);
      bytes += text.size();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(BM_JsonCorpora);

// Shaped like the values of a Terraform plan.
void BM_JsonPlan(benchmark::State& state) {
  bool pretty = state.range(0) != 0;
  std::string nl = pretty ? "\n        " : "";
  std::string text = "{\"resource_changes\":[";
  for (int i = 0; i < 5000; ++i) {
    text += (i ? "," : "") + nl + "{\"address\":\"module.a.aws_s3_bucket.b[" + std::to_string(i) +
            "]\"," + nl + "\"type\":\"aws_s3_bucket\"," + nl + "\"index\":" + std::to_string(i) +
            "," + nl + "\"values\":{\"acl\":null," + nl + "\"force_destroy\":false," + nl +
            "\"tags\":{\"Name\":\"bucket\",\"Owner\":\"team\"}}}";
  }
  text += "]}";
  for (auto _ : state) {
    auto tree = assay::syntax::read_json(0, text);
    benchmark::DoNotOptimize(tree->root);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
  state.SetLabel(pretty ? "indented" : "compact");
}
BENCHMARK(BM_JsonPlan)->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
